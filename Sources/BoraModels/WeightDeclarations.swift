import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats

/// A weight that a model declares: its name, shape and role, and where its numbers come from.
package struct WeightDeclaration: Sendable {
    package enum Source: Sendable {
        /// The checkpoint's tensor, as it is.
        case tensor(ByteSlice)
        /// Numbers worked out when the model is loaded.
        case computed(@Sendable () -> [Float])
    }

    /// The tensor's name in the checkpoint. Two parts that declare one name share its storage where
    /// they lie on one device.
    package let name: String
    package let part: Part
    package let type: ElementType
    package let rows: Int
    package let columns: Int
    package let source: Source
}

/// Collects the weights that an architecture declares, checking each against the checkpoint.
package struct WeightDeclarations: Sendable {
    package private(set) var all: [WeightDeclaration] = []
    private let checkpoint: Checkpoint
    private var used: Set<String> = []

    init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

    /// A matrix `[rows, columns]`, stored in the checkpoint's element type.
    package mutating func matrix(
        _ name: String, rows: Int, columns: Int, part: Part
    ) throws -> WeightID {
        let entry = try tensor(name, shape: Shape(rows, columns))
        return declare(
            WeightDeclaration(
                name: name, part: part, type: entry.type, rows: rows, columns: columns,
                source: .tensor(entry.data)))
    }

    /// A vector, stored as f32 whatever the checkpoint has.
    package mutating func vector(
        _ name: String, count: Int, part: Part
    ) throws -> WeightID {
        let entry = try tensor(name, shape: Shape(count))
        let source: WeightDeclaration.Source
        if entry.type == .f32 {
            source = .tensor(entry.data)
        } else {
            let values = try Self.reader(of: entry, in: checkpoint)
            source = .computed(values)
        }
        return declare(
            WeightDeclaration(
                name: name, part: part, type: .f32, rows: 1, columns: count, source: source))
    }

    /// A vector of f32 that the model works out itself when it is loaded.
    package mutating func computed(
        _ name: String, count: Int, part: Part, _ values: @escaping @Sendable () -> [Float]
    ) -> WeightID {
        declare(
            WeightDeclaration(
                name: name, part: part, type: .f32, rows: 1, columns: count,
                source: .computed(values)))
    }

    /// Reads a small floating-point tensor when the model is loaded; nil when the checkpoint has no
    /// tensor of that name.
    package mutating func values(
        ofOptional name: String, count: Int
    ) throws -> (@Sendable () -> [Float])? {
        guard has(name) else { return nil }
        return try Self.reader(of: tensor(name, shape: Shape(count)), in: checkpoint)
    }

    package func has(_ name: String) -> Bool { checkpoint[tensor: name] != nil }

    /// Throws when the checkpoint has tensors that nothing declared.
    func checkAllUsed() throws {
        let unused = checkpoint.tensors.map(\.name).filter { !used.contains($0) }
        guard unused.isEmpty else {
            throw ModelError(.unusedTensors(unused), in: checkpoint.name)
        }
    }

    private mutating func declare(_ weight: WeightDeclaration) -> WeightID {
        all.append(weight)
        return WeightID(all.count - 1)
    }

    private mutating func tensor(
        _ name: String, shape: Shape
    ) throws -> TensorEntry {
        guard let entry = checkpoint[tensor: name] else {
            throw ModelError(.missingTensor(name), in: checkpoint.name)
        }
        guard entry.shape == shape else {
            throw ModelError(
                .wrongShape(tensor: name, expected: shape, found: entry.shape),
                in: checkpoint.name)
        }
        used.insert(name)
        return entry
    }

    /// Reads a floating-point vector as f32.
    private static func reader(
        of entry: TensorEntry, in checkpoint: Checkpoint
    ) throws -> @Sendable () -> [Float] {
        let count = entry.shape.elements
        return switch entry.type {
        case .f32:
            {
                (0..<count).map { index in
                    Float(bitPattern: entry.data.bytes.integer(at: index * 4))
                }
            }
        case .f16:
            {
                (0..<count).map { index in
                    Float(Float16(bitPattern: entry.data.bytes.integer(at: index * 2)))
                }
            }
        case .bf16:
            {
                (0..<count).map { index in
                    let half: UInt16 = entry.data.bytes.integer(at: index * 2)
                    return Float(bitPattern: UInt32(half) << 16)
                }
            }
        case .q8_0, .q4_0, .q4_K, .q6_K:
            throw ModelError(
                .unsupportedFeature("a quantized vector (\(entry.name))"), in: checkpoint.name)
        }
    }
}
