import FuzzDriver
import TemplateCases

/// Chat templates.
@main struct FuzzTemplate {
    static func main() { fuzz { renderOrRefuse($0) } }
}
