import Bora

/// One line of a benchmark's result, with what it was measured on. Its fields are those of the
/// JSON rows.
struct BenchmarkRow: Encodable {
    let model: String
    let sizeBytes: Int
    let parameters: Int
    let backend: String
    let instructionSet: String
    let threads: Int
    let test: String
    let tokensPerSecond: Double
    let deviation: Double
    let limitShare: Double

    init(_ result: BenchmarkResult, _ model: Inspection, _ plan: ModelPlan) {
        let weights = model.types.max { $0.bytes < $1.bytes }?.type
        self.model = ([model.architecture] + (weights.map { [$0] } ?? [])).joined(separator: " ")
        sizeBytes = model.bytes
        parameters = model.parameters
        backend = plan.backends.joined(separator: "+")
        instructionSet = plan.instructionSet
        threads = plan.threads
        test = result.test
        tokensPerSecond = result.tokensPerSecond
        deviation = result.deviation
        limitShare = result.limitShare
    }

    /// For people.
    static func table(_ rows: [BenchmarkRow]) -> TextTable {
        var table = TextTable([
            "model", "size", "params", "backend", "threads", "test", "t/s", "of limit",
        ])
        for row in rows {
            table.append([
                row.model, "\(ByteSize(row.sizeBytes))",
                "\((Double(row.parameters) / 1e6).fixed(2)) M",
                row.backend == "gpu" ? row.backend : "\(row.backend) \(row.instructionSet)",
                "\(row.threads)", row.test,
                "\(row.tokensPerSecond.fixed(2)) ± \(row.deviation.fixed(2))",
                "\((row.limitShare * 100).fixed(0)) %",
            ])
        }
        return table
    }

    /// For programs: all fields, unrounded, named as in JSON.
    static func rawTable(_ rows: [BenchmarkRow]) -> TextTable {
        var table = TextTable([
            "model", "size_bytes", "parameters", "backend", "instruction_set", "threads", "test",
            "tokens_per_second", "deviation", "limit_share",
        ])
        for row in rows {
            table.append([
                row.model, "\(row.sizeBytes)", "\(row.parameters)", row.backend,
                row.instructionSet, "\(row.threads)", row.test, "\(row.tokensPerSecond)",
                "\(row.deviation)", "\(row.limitShare)",
            ])
        }
        return table
    }
}
