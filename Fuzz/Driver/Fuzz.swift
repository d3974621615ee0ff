import BoraCore
import Glibc

/// What the running fuzz target does with its input: libFuzzer's callback captures nothing.
private nonisolated(unsafe) var useInput: (ByteSource) throws -> Void = { _ in }

/// Runs libFuzzer until the command line's limits: any bytes are either taken or refused with an
/// error that can be printed. SwiftPM names the entry point itself, so this calls the driver.
package func fuzz(_ use: @escaping (ByteSource) throws -> Void) -> Never {
    unsafe useInput = use
    var count = CommandLine.argc
    var arguments = unsafe CommandLine.unsafeArgv
    let status = unsafe runDriver(&count, &arguments) { data, count in
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: count)
        do {
            try unsafe useInput(ByteSource(name: "input", embedded: bytes))
        } catch let error as any DescribedError {
            precondition(!error.description.isEmpty)
        } catch {
            preconditionFailure("an error that nobody described: \(error)")
        }
        return 0
    }
    exit(status)
}

/// `LLVMFuzzerRunDriver` of libFuzzer: runs `body` on inputs.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
