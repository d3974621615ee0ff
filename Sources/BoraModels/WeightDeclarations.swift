import BoraCore
import BoraDeviceMapping
import BoraDevices
import BoraFormats

/// A weight that a model declares: its name, shape and role, and where its numbers come from.
package struct WeightDeclaration: Sendable {
    package enum Source: Sendable {
        /// The checkpoint's tensor, or whole rows of it, as it is.
        case tensor(ByteSlice)
        /// Numbers worked out when the model is loaded.
        case computed(@Sendable () -> [Float])
        /// A tensor of a checkpoint without weights, of which only a plan can be made.
        case absent
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
    let checkpoint: Checkpoint
    private var used: Set<String> = []

    init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

    var naming: Checkpoint.Naming { checkpoint.naming }

    /// A matrix `[rows, columns]`, stored in the checkpoint's element type.
    package mutating func matrix(
        _ name: String, rows: Int, columns: Int, part: Part
    ) throws -> WeightID {
        try self.rows(0..<rows, of: name, total: rows, columns: columns, part: part)
    }

    /// Some rows of a matrix `[total, columns]`: one of several projections that the checkpoint
    /// keeps in one tensor.
    package mutating func rows(
        _ rows: Range<Int>, of name: String, total: Int, columns: Int, part: Part
    ) throws -> WeightID {
        let whole = rows == 0..<total
        let entry = try tensor(name, shape: Shape(total, columns))
        let type = try entry?.type ?? checkpoint.defaultType
        guard let rowBytes = type.bytes(elements: columns) else {
            throw ModelError(
                .unsupportedFeature(
                    "rows of \(columns) elements in \(type.displayName) (\(name))"),
                in: checkpoint.name)
        }
        let source = entry.map { entry in
            let start = entry.data.range.lowerBound
            let range = start + rows.lowerBound * rowBytes..<start + rows.upperBound * rowBytes
            // The range lies in the tensor's, which lies in the file.
            return WeightDeclaration.Source.tensor(ByteSlice(entry.data.source, range)!)
        }
        return declare(
            WeightDeclaration(
                name: whole ? name : "\(name)[\(rows.lowerBound)..<\(rows.upperBound)]",
                part: part, type: type, rows: rows.count, columns: columns,
                source: source ?? .absent))
    }

    /// A vector, stored as f32 whatever the checkpoint has.
    ///
    /// - Parameter offset: what to add to each of its numbers.
    package mutating func vector(
        _ name: String, count: Int, plus offset: Float = 0, part: Part
    ) throws -> WeightID {
        let source: WeightDeclaration.Source
        switch try tensor(name, shape: Shape(count)) {
        case nil: source = .absent
        case let entry? where entry.type == .f32 && offset == 0: source = .tensor(entry.data)
        case let entry?:
            let values = try Self.reader(of: entry, in: checkpoint)
            source = .computed { values().map { $0 + offset } }
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
        guard has(name), let entry = try tensor(name, shape: Shape(count)) else { return nil }
        return try Self.reader(of: entry, in: checkpoint)
    }

    package func has(_ name: String) -> Bool { checkpoint[tensor: name] != nil }

    /// Allows the checkpoint to have tensors that the architecture does not need.
    mutating func ignore(_ name: String) { used.insert(name) }

    /// Throws when the checkpoint has tensors that nothing declared.
    func checkAllUsed() throws {
        let unused = checkpoint.tensors.map(\.name).filter {
            // Old checkpoints stored what follows from the configuration.
            !used.contains($0) && !$0.hasSuffix(".rotary_emb.inv_freq")
        }
        guard unused.isEmpty else {
            throw ModelError(.unusedTensors(unused), in: checkpoint.name)
        }
    }

    private mutating func declare(_ weight: WeightDeclaration) -> WeightID {
        all.append(weight)
        return WeightID(all.count - 1)
    }

    /// A tensor that the model cannot do without; nil where the checkpoint has no weights at all.
    private mutating func tensor(
        _ name: String, shape: Shape
    ) throws -> TensorEntry? {
        guard let entry = checkpoint[tensor: name] else {
            guard !checkpoint.hasWeights else {
                throw ModelError(.missingTensor(name), in: checkpoint.name)
            }
            return nil
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
        default:
            throw ModelError(
                .unsupportedFeature("a quantized vector (\(entry.name))"), in: checkpoint.name)
        }
    }
}
