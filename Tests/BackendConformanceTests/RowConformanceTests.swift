import BoraCore
import BoraDeviceMapping
import BoraDevices
import Glibc
import TestSupport
import Testing

func exponential(_ x: Double) -> Double { exp(x) }

/// Operations that work on each row by itself.
@Suite struct RowConformanceTests {
    private static let cases = ConformanceBackend.all.flatMap { backend in
        ElementType.allCases.map { (backend, $0) }
    }

    /// Embedding rows are exact to the bit in every format, also at the narrow end of a table.
    @Test(arguments: cases)
    func embeddingIsExact(backend: ConformanceBackend, type: ElementType) throws {
        var generator = SeededGenerator(seed: 5)
        var fixture = OperationFixture()
        let columns = type.blockElements == 1 ? 45 : 2 * type.blockElements
        let bytes = FormatReference.bytes(type, elements: 37 * columns, using: &generator)
        let table = fixture.add(type, rows: 37, columns: columns, bytes)
        fixture.sequences = [(37, 0)]
        let loaded = try fixture.load(on: backend.makeDevice())
        let values = try loaded.run(fixture.step) { $0.embed(table) }.values
        #expect(values == FormatReference.numbers(type, bytes))
    }

    @Test(arguments: ConformanceBackend.all)
    func tokensOutsideTheTableAreRefused(backend: ConformanceBackend) throws {
        var fixture = OperationFixture()
        let table = fixture.add(rows: 3, columns: 4, Array(repeating: 1, count: 12))
        fixture.sequences = [(4, 0)]
        let loaded = try fixture.load(on: backend.makeDevice())
        #expect(throws: DeviceError.self) { try loaded.run(fixture.step) { $0.embed(table) } }
    }

    @Test(arguments: ConformanceBackend.all)
    func embeddingRowsAreScaled(backend: ConformanceBackend) throws {
        var generator = SeededGenerator(seed: 12)
        var fixture = OperationFixture()
        let x = generator.floats(5 * 33)
        let table = fixture.add(rows: 5, columns: 33, x)
        fixture.sequences = [(5, 0)]
        let loaded = try fixture.load(on: backend.makeDevice())
        let values = try loaded.run(fixture.step) { $0.embed(table, scaledBy: 11.3125) }.values
        #expect(values == x.map { $0 * 11.3125 })
    }

    @Test(arguments: ConformanceBackend.all, [1, 16, 100])
    func normalizing(backend: ConformanceBackend, columns: Int) throws {
        var generator = SeededGenerator(seed: 6)
        var fixture = OperationFixture()
        let x = generator.floats(9 * columns)
        let w = generator.floats(columns)
        let input = fixture.add(rows: 9, columns: columns, x)
        let weight = fixture.add(rows: 1, columns: columns, w)
        fixture.sequences = [(9, 0)]
        let loaded = try fixture.load(on: backend.makeDevice())
        let values = try loaded.run(fixture.step) {
            $0.normalize($0.embed(input), by: weight, epsilon: 1e-5)
        }.values
        let expected = Self.normalized(x, by: w)
        #expect(relativeError(values, expected) < 3e-7)

        let added = try loaded.run(fixture.step) {
            let residual = $0.embed(input)
            $0.normalize($0.embed(input), by: weight, epsilon: 1e-5, addedTo: residual)
            return residual
        }.values
        #expect(relativeError(added, zip(x, expected).map { Double($0) + $1 }) < 3e-7)
    }

    /// Rows, or heads, of as many numbers as the weight has, normalized in f64.
    static func normalized(_ x: [Float], by w: [Float]) -> [Double] {
        x.indices.map { index in
            let row = x[(index / w.count * w.count)...].prefix(w.count).map(Double.init)
            let mean = row.reduce(0) { $0 + $1 * $1 } / Double(w.count)
            return Double(x[index]) / (mean + 1e-5).squareRoot() * Double(w[index % w.count])
        }
    }

    /// Queries and keys of unlike numbers of heads, each with a weight of its own.
    @Test(arguments: ConformanceBackend.all, [1, 16, 45, 128])
    func normalizingHeads(backend: ConformanceBackend, width: Int) throws {
        var generator = SeededGenerator(seed: 13)
        var fixture = OperationFixture()
        let q = generator.floats(7 * 6 * width)
        let k = generator.floats(7 * 2 * width)
        let scales = (generator.floats(width), generator.floats(width))
        let inputs = (
            fixture.add(rows: 7, columns: 6 * width, q), fixture.add(rows: 7, columns: 2 * width, k)
        )
        let weights = (
            fixture.add(rows: 1, columns: width, scales.0),
            fixture.add(rows: 1, columns: width, scales.1)
        )
        fixture.sequences = [(7, 0)]
        let loaded = try fixture.load(on: backend.makeDevice())
        func run(_ output: (Tensor, Tensor) -> Tensor) throws -> [Float] {
            try loaded.run(fixture.step) { pass in
                let (q, k) = (pass.embed(inputs.0), pass.embed(inputs.1))
                pass.normalizeHeads([(q, by: weights.0), (k, by: weights.1)], epsilon: 1e-5)
                return output(q, k)
            }.values
        }
        #expect(relativeError(try run { q, _ in q }, Self.normalized(q, by: scales.0)) < 3e-7)
        #expect(relativeError(try run { _, k in k }, Self.normalized(k, by: scales.1)) < 3e-7)
    }

    /// A cap of 1 is the hyperbolic tangent itself: 2 units in the last place over all magnitudes.
    /// There are more numbers than one task takes, and they fill no vector.
    @Test(arguments: ConformanceBackend.all, [Float(1), 30])
    func softCapping(backend: ConformanceBackend, cap: Float) throws {
        var generator = SeededGenerator(seed: 14)
        var fixture = OperationFixture()
        let x = (0..<3 * 2047).map { _ in
            let exponent = Int.random(in: -30...8, using: &generator)
            return Float.random(in: -1...1, using: &generator) * exp2(Float(exponent))
        }
        let input = fixture.add(rows: 3, columns: 2047, x)
        fixture.sequences = [(3, 0)]
        let loaded = try fixture.load(on: backend.makeDevice())
        let values = try loaded.run(fixture.step) { pass in
            let x = pass.embed(input)
            pass.softCap(x, at: cap)
            return x
        }.values
        let errors = zip(x, values).map { x, value in
            let expected = Double(cap) * tanh(Double(x) / Double(cap))
            return abs(Double(value) - expected) / Double(Float(expected).ulp)
        }
        #expect(values.count == x.count)
        #expect(errors.max()! < (cap == 1 ? 2 : 4))
    }

    @Test(
        arguments: ConformanceBackend.all,
        [Operation.Rotate.Pairing.interleaved, .halves])
    func rotating(backend: ConformanceBackend, pairing: Operation.Rotate.Pairing) throws {
        var generator = SeededGenerator(seed: 7)
        var fixture = OperationFixture()
        // Three heads of 10, of which the first 6 elements turn.
        let x = generator.floats(7 * 30)
        let f: [Float] = [1, 0.1, 0.003]
        let input = fixture.add(rows: 7, columns: 30, x)
        let frequencies = fixture.add(rows: 1, columns: 3, f)
        fixture.sequences = [(3, 0), (4, 1000)]
        let loaded = try fixture.load(on: backend.makeDevice())
        let step = fixture.step
        let values = try loaded.run(step) { pass in
            let x = pass.embed(input)
            pass.rotate(
                [x], headWidth: 10, frequencies: frequencies, pairing: pairing, scaledBy: 1.375)
            return x
        }.values
        var expected = x.map(Double.init)
        for row in 0..<7 {
            for head in 0..<3 {
                for pair in 0..<3 {
                    let start = row * 30 + head * 10
                    let i = start + (pairing == .interleaved ? 2 * pair : pair)
                    let j = pairing == .interleaved ? i + 1 : i + 3
                    let angle = Double(Float(step.positions[row]) * f[pair])
                    let (a, b) = (1.375 * Double(x[i]), 1.375 * Double(x[j]))
                    expected[i] = a * cos(angle) - b * sin(angle)
                    expected[j] = a * sin(angle) + b * cos(angle)
                }
            }
        }
        #expect(relativeError(values, expected) < 2e-7)
    }

    @Test(arguments: ConformanceBackend.all)
    func gathering(backend: ConformanceBackend) throws {
        var generator = SeededGenerator(seed: 8)
        var fixture = OperationFixture()
        let x = generator.floats(6 * 5)
        let input = fixture.add(rows: 6, columns: 5, x)
        fixture.sequences = [(6, 0)]
        fixture.outputRows = [0, 3, 5]
        let loaded = try fixture.load(on: backend.makeDevice())
        let values = try loaded.run(fixture.step) { $0.outputRows(of: $0.embed(input)) }.values
        #expect(values == Array(x[0..<5] + x[15..<20] + x[25..<30]))
    }
}
