import BoraCore
import CKernels
import Glibc

/// The kernels of one instruction set.
@safe package struct KernelSet: @unchecked Sendable {
    /// A table that lives as long as the process and never changes.
    let table: OpaquePointer

    /// The kernels of this name, if this machine can run them.
    package init?(named name: String) {
        guard let table = unsafe bora_kernels_for(name) else { return nil }
        unsafe self.table = table
    }

    private init(table: OpaquePointer) { unsafe self.table = table }

    /// The fastest that this machine can run.
    package static var fastest: KernelSet { unsafe KernelSet(table: bora_kernels_for(nil)!) }

    /// The fastest, or what the environment variable `BORA_ISA` names, for tests and comparisons.
    package static func requested() throws(UnknownInstructionSet) -> KernelSet {
        guard let variable = unsafe getenv("BORA_ISA") else { return .fastest }
        let name = unsafe String(cString: variable)
        guard let kernels = KernelSet(named: name) else { throw UnknownInstructionSet(name: name) }
        return kernels
    }

    /// Every set that this machine can run.
    package static var available: [KernelSet] {
        ["scalar", "avx2", "avxvnni", "avx512vnni", "avx512bf16"]
            .compactMap(KernelSet.init(named:))
    }

    /// `avx512vnni`
    package var name: String { unsafe String(cString: bora_kernels_name(table)) }
}

/// `BORA_ISA` names kernels that this machine cannot run, or that do not exist.
package struct UnknownInstructionSet: DescribedError {
    package let name: String

    package var category: ErrorCategory { .invalidInput }
    package var identifier: String { "cpu.unknownInstructionSet" }

    package var description: String {
        let known = KernelSet.available.map(\.name).joined(separator: ", ")
        return "BORA_ISA=\(name): this machine runs \(known)"
    }
}

extension ElementType {
    var kernelFormat: bora_format {
        switch self {
        case .f32: BORA_F32
        case .f16: BORA_F16
        case .bf16: BORA_BF16
        case .q8_0: BORA_Q8_0
        case .q4_0: BORA_Q4_0
        case .q4_1: BORA_Q4_1
        case .q5_0: BORA_Q5_0
        case .q5_1: BORA_Q5_1
        case .q2_K: BORA_Q2_K
        case .q3_K: BORA_Q3_K
        case .q4_K: BORA_Q4_K
        case .q5_K: BORA_Q5_K
        case .q6_K: BORA_Q6_K
        case .iq4_NL: BORA_IQ4_NL
        case .iq4_XS: BORA_IQ4_XS
        }
    }
}
