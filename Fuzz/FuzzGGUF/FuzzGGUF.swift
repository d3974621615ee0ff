import BoraCore
import BoraFormats
import FuzzCases
import Glibc

/// libFuzzer over GGUF files: any bytes are either read or refused with an error that can be
/// printed. SwiftPM names the entry point itself, so libFuzzer's driver is called from here.
@main struct FuzzGGUF {
    static func main() {
        var count = CommandLine.argc
        var arguments = unsafe CommandLine.unsafeArgv
        let status = unsafe runFuzzer(&count, &arguments) { data, count in
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: count)
            do throws(FormatError) {
                try readEverything(of: unsafe ByteSource(name: "input", embedded: bytes))
            } catch {
                _ = error.description
            }
            return 0
        }
        exit(status)
    }
}

/// `LLVMFuzzerRunDriver` of libFuzzer: runs `body` on inputs until the command line's limits.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
