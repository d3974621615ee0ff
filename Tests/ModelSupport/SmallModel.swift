import BoraCore
import BoraFormats
import BoraModels
import TestSupport

/// A model of four layers and random weights, of the configuration that a tiny saved model has.
package struct SmallModel: CustomStringConvertible, Sendable {
    /// Of the saved model.
    package let name: String

    package init(_ name: String) { self.name = name }

    package var description: String { name }

    /// One of every architecture, tied and untied, with windows where the architecture has them.
    package static let all = [
        "gemma2", "gemma3-pattern", "granite", "llama-biased", "mistral-window", "phi3",
        "qwen2-window", "qwen3-window", "smollm3",
    ].map(SmallModel.init)

    package static let vocabulary = 97

    /// Reads the model.
    package func read(kvType: ElementType = .f32, plannedLength: Int = 64) throws -> Model {
        let path = #filePath.replacing(
            "ModelSupport/SmallModel.swift",
            with: "GoldenTests/Resources/models/\(name)/config.json")
        let saved = try ByteSource(mapping: path)
        let configuration = saved.bytes.text()!.replacing(
            "\"num_hidden_layers\": 2", with: "\"num_hidden_layers\": 4")
        let source = try ByteSource.temporary(Array(configuration.utf8))
        let planned = try Self.model(["config.json": source], kvType, plannedLength)
        let weights = try ByteSource.temporary(Self.weights(of: planned))
        return try Self.model(
            ["config.json": source, "model.safetensors": weights], kvType, plannedLength)
    }

    private static func model(
        _ sources: [String: ByteSource], _ kvType: ElementType, _ plannedLength: Int
    ) throws -> Model {
        try Model(
            Checkpoint(in: ModelFiles(name: "small", sources: sources)), kvType: kvType,
            plannedLength: plannedLength)
    }

    /// Random numbers for every tensor that a model without weights declares.
    private static func weights(of model: Model) -> [UInt8] {
        var names: [String] = []
        var shapes: [String: Extents] = [:]
        for weight in model.weights where weight.isAbsent {
            let name = weight.name.split(separator: "[").first.map { String($0) } ?? weight.name
            if shapes[name] == nil {
                names.append(name)
                shapes[name] = Extents(rows: weight.rows, columns: weight.columns)
            } else if name != weight.name {
                // Another piece of a tensor; a tied head names the embedding again.
                shapes[name]?.rows += weight.rows
            }
        }
        var random = SeededGenerator(seed: 7)
        var builder = SafetensorsBuilder()
        for name in names {
            let shape = shapes[name]!.shape
            let values = (0..<shape.elements).map { _ in
                Float.random(in: -0.3...0.3, using: &random)
            }
            builder.addTensor(name, shape, values: values)
        }
        return builder.build()
    }

    private struct Extents {
        var rows: Int
        let columns: Int

        var shape: Shape { rows == 1 ? Shape(columns) : Shape(rows, columns) }
    }
}

extension WeightDeclaration {
    fileprivate var isAbsent: Bool {
        if case .absent = source { true } else { false }
    }
}
