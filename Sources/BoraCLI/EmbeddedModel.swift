import Bora
import CTale

/// The model inside the program.
enum EmbeddedModel {
    static func open() throws -> ModelFile {
        let bytes = unsafe UnsafeRawBufferPointer(start: bora_tale(), count: bora_tale_bytes())
        return try unsafe ModelFile(name: "tale (embedded)", embedded: bytes)
    }
}
