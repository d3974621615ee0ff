import BoraCore

/// A row of a GGUF file's tensor table as it is stored.
private struct TensorInfo {
    let name: String
    let shape: Shape
    let type: ElementType
    let bytes: Int
    /// From the start of the data section.
    let offset: UInt64
    /// Where in the file the row begins, for messages.
    let position: Int
}

extension GGUFReader {
    private static var maximumDimensions: Int { 4 }

    mutating func readTensors(count: Int, alignment: Int) throws(FormatError) -> [TensorEntry] {
        var infos: [TensorInfo] = []
        var names: Set<String> = []
        infos.reserveCapacity(count)
        for _ in 0..<count {
            let info = try readTensorInfo()
            guard names.insert(info.name).inserted else {
                throw cursor.error(
                    .duplicateTensor, at: info.position, "the name occurs twice")
            }
            infos.append(info)
        }
        cursor.subject = nil
        let dataStart = (cursor.offset + alignment - 1) / alignment * alignment
        var entries: [TensorEntry] = []
        entries.reserveCapacity(count)
        for info in infos {
            entries.append(try place(info, dataStart: dataStart, alignment: alignment))
        }
        try refuseOverlaps(entries)
        return entries
    }

    private mutating func readTensorInfo() throws(FormatError) -> TensorInfo {
        cursor.subject = nil
        let position = cursor.offset
        let name = try cursor.text("a tensor's name")
        guard !name.isEmpty else {
            throw cursor.error(.invalidText, at: position, "a tensor's name is empty")
        }
        cursor.subject = .tensor(name)
        let shape = try readShape()
        let typeStart = cursor.offset
        let ggmlType = GGMLType(number: try cursor.integer("an element type"))
        guard let type = ggmlType.elementType else {
            let known = ElementType.allCases.map(\.displayName).joined(separator: ", ")
            throw cursor.error(
                .unsupportedElementType, at: typeStart,
                "its element type is \(ggmlType), which Bora does not compute with. Use a file of "
                    + "the model in one of \(known)")
        }
        guard shape.columns.isMultiple(of: type.blockElements) else {
            throw cursor.error(
                .invalidShape, at: typeStart,
                "rows of \(shape) are not whole blocks of \(type.blockElements) elements of "
                    + "\(type.displayName)")
        }
        guard let bytes = type.bytes(elements: shape.elements) else {
            throw cursor.error(
                .invalidShape, at: typeStart,
                "\(shape) of \(type.displayName) takes more than 2^63 bytes")
        }
        return TensorInfo(
            name: name, shape: shape, type: type, bytes: bytes,
            offset: try cursor.integer("a tensor's offset"), position: position)
    }

    /// Extents, which GGUF stores innermost first.
    private mutating func readShape() throws(FormatError) -> Shape {
        let start = cursor.offset
        let dimensions = try cursor.integer("a number of dimensions", as: UInt32.self)
        guard dimensions <= Self.maximumDimensions else {
            throw cursor.error(
                .invalidShape, at: start,
                "it has \(dimensions) dimensions; GGUF allows \(Self.maximumDimensions)")
        }
        var extents: [UInt64] = []
        for _ in 0..<dimensions { extents.insert(try cursor.integer("an extent"), at: 0) }
        let exact = extents.compactMap { Int(exactly: $0) }
        guard exact.count == extents.count, !exact.contains(0), let shape = Shape(exact) else {
            throw cursor.error(
                .invalidShape, at: start,
                "its shape is \(extents); extents must be positive and their product below 2^63")
        }
        return shape
    }

    private func place(
        _ info: TensorInfo, dataStart: Int, alignment: Int
    ) throws(FormatError) -> TensorEntry {
        func error(_ code: FormatError.Code, _ explanation: String) -> FormatError {
            FormatError(
                code, file: source.name, offset: info.position, subject: .tensor(info.name),
                explanation)
        }
        guard info.offset.isMultiple(of: UInt64(alignment)) else {
            throw error(
                .misalignedTensor,
                "its data is at offset \(info.offset), which is not a multiple of the alignment "
                    + "\(alignment)")
        }
        let space = source.count - dataStart
        guard let offset = Int(exactly: info.offset), offset <= space, info.bytes <= space - offset,
            let data = ByteSlice(
                source, dataStart + offset..<dataStart + offset + info.bytes)
        else {
            throw error(
                .tensorOutsideFile,
                "its \(info.bytes) bytes at offset \(info.offset) of the data reach past the end "
                    + "of the file, which has \(max(space, 0)) bytes of data")
        }
        return TensorEntry(name: info.name, shape: info.shape, type: info.type, data: data)
    }

    private func refuseOverlaps(_ entries: [TensorEntry]) throws(FormatError) {
        let ordered = entries.sorted { $0.data.range.lowerBound < $1.data.range.lowerBound }
        for (before, after) in zip(ordered, ordered.dropFirst())
        where before.data.range.upperBound > after.data.range.lowerBound {
            throw FormatError(
                .overlappingTensors, file: source.name, offset: after.data.range.lowerBound,
                subject: .tensor(after.name),
                "its data overlaps that of tensor \(FormatError.quoted(before.name))")
        }
    }
}
