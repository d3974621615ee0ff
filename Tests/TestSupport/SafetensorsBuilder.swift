import BoraCore

/// Makes safetensors files for tests.
package struct SafetensorsBuilder {
    private var members: [String] = []
    private var data: [UInt8] = []

    package init() {}

    /// Appends an F32 tensor.
    package mutating func addTensor(_ name: String, _ shape: Shape, values: [Float]) {
        precondition(shape.elements == values.count)
        let start = data.count
        data += values.flatMap { GGUFBuilder.bytes($0.bitPattern) }
        members.append(
            """
            "\(name)":{"dtype":"F32","shape":\(shape),"data_offsets":[\(start),\(data.count)]}
            """)
    }

    package func build() -> [UInt8] {
        Self.file(header: "{\(members.joined(separator: ","))}", data: data)
    }

    /// A file of any header and data.
    package static func file(header: String, data: [UInt8]) -> [UInt8] {
        GGUFBuilder.bytes(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }
}
