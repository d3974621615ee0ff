import BoraCore

/// Makes GGUF files for tests: valid ones and, when `tensors` is edited, invalid ones.
package struct GGUFBuilder {
    /// A metadata value as GGUF stores it.
    package indirect enum Value {
        case uint8(UInt8)
        case int8(Int8)
        case uint16(UInt16)
        case int16(Int16)
        case uint32(UInt32)
        case int32(Int32)
        case uint64(UInt64)
        case int64(Int64)
        case float32(Float)
        case float64(Double)
        case bool(Bool)
        case string(String)
        /// Elements of one type; an empty array is one of strings.
        case array([Value])
    }

    /// A row of the tensor table, exactly as it will be written.
    package struct TensorInfo {
        package var name: [UInt8]
        /// Innermost first, as in the file.
        package var extents: [UInt64]
        package var type: UInt32
        package var offset: UInt64
    }

    package var metadata: [(key: String, value: Value)] = []
    package var tensors: [TensorInfo] = []
    package private(set) var data: [UInt8] = []
    private let alignment: Int

    /// A file of an architecture; nil leaves the key out. `alignment` is where the tensors are
    /// put; `general.alignment` is written only when it is not the default.
    package init(architecture: String? = "llama", alignment: Int = 32) {
        self.alignment = alignment
        if let architecture { set("general.architecture", .string(architecture)) }
        if alignment != 32 { set("general.alignment", .uint32(UInt32(alignment))) }
    }

    /// Sets a key, which keeps its place when it was set before.
    package mutating func set(_ key: String, _ value: Value) {
        if let index = metadata.firstIndex(where: { $0.key == key }) {
            metadata[index].value = value
        } else {
            metadata.append((key, value))
        }
    }

    /// Appends a tensor at the next aligned offset. `bytes` of zero when nil.
    package mutating func addTensor(
        _ name: String, _ shape: Shape, _ type: ElementType = .f32, _ bytes: [UInt8]? = nil
    ) {
        let size = type.bytes(elements: shape.elements)!
        precondition(bytes == nil || bytes!.count == size, "\(name) takes \(size) bytes")
        tensors.append(
            TensorInfo(
                name: Array(name.utf8), extents: shape.extents.reversed().map(UInt64.init),
                type: Self.number(of: type), offset: UInt64(data.count)))
        data += bytes ?? [UInt8](repeating: 0, count: size)
        pad(&data)
    }

    /// Appends an F32 tensor of given numbers.
    package mutating func addTensor(_ name: String, _ shape: Shape, values: [Float]) {
        addTensor(name, shape, .f32, values.flatMap { Self.bytes($0.bitPattern) })
    }

    /// The bytes of the file.
    package func build(version: UInt32 = 3) -> [UInt8] {
        var file = Array("GGUF".utf8) + Self.bytes(version)
        file += Self.bytes(UInt64(tensors.count)) + Self.bytes(UInt64(metadata.count))
        for (key, value) in metadata {
            file += Self.string(Array(key.utf8)) + Self.bytes(value.type) + value.bytes
        }
        for tensor in tensors {
            file += Self.string(tensor.name) + Self.bytes(UInt32(tensor.extents.count))
            file += tensor.extents.flatMap { Self.bytes($0) }
            file += Self.bytes(tensor.type) + Self.bytes(tensor.offset)
        }
        pad(&file)
        return file + data
    }

    private func pad(_ bytes: inout [UInt8]) {
        while !bytes.count.isMultiple(of: alignment) { bytes.append(0) }
    }

    /// Little-endian.
    package static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    package static func string(_ text: [UInt8]) -> [UInt8] { bytes(UInt64(text.count)) + text }

    /// ggml's number.
    private static func number(of type: ElementType) -> UInt32 {
        switch type {
        case .f32: 0
        case .f16: 1
        case .bf16: 30
        case .q8_0: 8
        case .q4_0: 2
        case .q4_1: 3
        case .q5_0: 6
        case .q5_1: 7
        case .q2_K: 10
        case .q3_K: 11
        case .q4_K: 12
        case .q5_K: 13
        case .q6_K: 14
        case .iq4_NL: 20
        case .iq4_XS: 23
        }
    }
}

extension GGUFBuilder.Value {
    fileprivate var type: UInt32 {
        switch self {
        case .uint8: 0
        case .int8: 1
        case .uint16: 2
        case .int16: 3
        case .uint32: 4
        case .int32: 5
        case .float32: 6
        case .bool: 7
        case .string: 8
        case .array: 9
        case .uint64: 10
        case .int64: 11
        case .float64: 12
        }
    }

    fileprivate var bytes: [UInt8] {
        switch self {
        case .uint8(let value): GGUFBuilder.bytes(value)
        case .int8(let value): GGUFBuilder.bytes(value)
        case .uint16(let value): GGUFBuilder.bytes(value)
        case .int16(let value): GGUFBuilder.bytes(value)
        case .uint32(let value): GGUFBuilder.bytes(value)
        case .int32(let value): GGUFBuilder.bytes(value)
        case .uint64(let value): GGUFBuilder.bytes(value)
        case .int64(let value): GGUFBuilder.bytes(value)
        case .float32(let value): GGUFBuilder.bytes(value.bitPattern)
        case .float64(let value): GGUFBuilder.bytes(value.bitPattern)
        case .bool(let value): [value ? 1 : 0]
        case .string(let value): GGUFBuilder.string(Array(value.utf8))
        case .array(let values):
            GGUFBuilder.bytes(values.first?.type ?? 8) + GGUFBuilder.bytes(UInt64(values.count))
                + values.flatMap(\.bytes)
        }
    }
}
