import BoraCore
import BoraDeviceMapping
import BoraDevices
import Glibc
import TestSupport
import Testing

/// Products with weights of every format and odd sizes, against sums in f64 of the numbers that the
/// stored bytes stand for.
@Suite struct LinearConformanceTests {
    /// Outputs that fill no panel, one panel, and several with a rest; inputs of few blocks and of
    /// more than one chunk.
    private static let outputCounts = [1, 16, 83]
    private static let rowCounts = [1, 3, 4, 13, 300]
    /// One row; few, for each of which a GPU loads the weights once; more, which go through tiles.
    private static let productRows = [1, 2, 3, 4, 6, 7, 8, 13]

    private static func inputCounts(_ type: ElementType) -> [Int] {
        switch type.blockElements {
        case 1: [1, 77, 600]
        case 32: [32, 1120]
        default: [256, 1536]
        }
    }

    private static let cases = ConformanceBackend.all.flatMap { backend in
        ElementType.allCases.map { (backend, $0) }
    }

    /// A matrix, a bias and rows of input, with their product in f64.
    fileprivate struct Example {
        var fixture = OperationFixture()
        let input: WeightID
        let weight: WeightID
        let bias: WeightID
        let rows: Int
        let inputs: Int
        let outputs: Int
        let inputValues: [Float]
        let weightValues: [Float]
        let biasValues: [Float]

        init(
            _ type: ElementType, rows: Int, inputs: Int, outputs: Int,
            using generator: inout SeededGenerator
        ) {
            self.rows = rows
            self.inputs = inputs
            self.outputs = outputs
            inputValues = generator.floats(rows * inputs)
            let bytes = FormatReference.bytes(type, elements: outputs * inputs, using: &generator)
            weightValues = FormatReference.numbers(type, bytes)
            biasValues = generator.floats(outputs)
            input = fixture.add(rows: rows, columns: inputs, inputValues)
            weight = fixture.add(type, rows: outputs, columns: inputs, bytes)
            bias = fixture.add(rows: 1, columns: outputs, biasValues)
            fixture.sequences = [(rows, 0)]
        }

        /// `input · weightᵀ + bias`, `[rows, outputs]`.
        func product() -> [Double] {
            (0..<rows * outputs).map { index in
                let (row, output) = (index / outputs, index % outputs)
                var sum = Double(biasValues[output])
                for k in 0..<inputs {
                    sum +=
                        Double(inputValues[row * inputs + k])
                        * Double(weightValues[output * inputs + k])
                }
                return sum
            }
        }
    }

    @Test(arguments: cases)
    func productsAreThoseOfTheStoredNumbers(
        backend: ConformanceBackend, type: ElementType
    ) throws {
        var generator = SeededGenerator(seed: 1)
        for outputs in Self.outputCounts {
            for inputs in Self.inputCounts(type) {
                let example = Example(
                    type, rows: Self.productRows.last!, inputs: inputs, outputs: outputs,
                    using: &generator)
                let expected = example.product()
                let loaded = try example.fixture.load(on: backend.makeDevice())
                for rows in Self.productRows {
                    var fixture = example.fixture
                    fixture.sequences = [(rows, 0)]
                    let result = try loaded.run(fixture.step) { pass in
                        let x = pass.embed(example.input)
                        return pass.linear(x, LinearWeights(example.weight, bias: example.bias))
                    }
                    let error = relativeError(
                        result.values, Array(expected.prefix(rows * outputs)), ofAll: expected)
                    #expect(error < backend.tolerance(of: type), "\(rows), \(outputs) × \(inputs)")
                    let workspace = try #require(result.account[.workspace])
                    #expect(workspace.guardIntact)
                    #expect(workspace.touched <= result.program.workspaceBytes[0])
                }
            }
        }
    }

    /// More rows and outputs than a tile of any backend has, and more rows than the CPU keeps sums
    /// of; formats whose numbers lie in each of the orders that blocks have.
    @Test(arguments: ConformanceBackend.all, [ElementType.f16, .q5_0, .q4_K, .q6_K])
    func productsOfManyRows(backend: ConformanceBackend, type: ElementType) throws {
        var generator = SeededGenerator(seed: 16)
        let example = Example(type, rows: 530, inputs: 256, outputs: 135, using: &generator)
        let loaded = try example.fixture.load(on: backend.makeDevice())
        let values = try loaded.run(example.fixture.step) {
            $0.linear($0.embed(example.input), LinearWeights(example.weight, bias: example.bias))
        }.values
        #expect(relativeError(values, example.product()) < backend.tolerance(of: type))
    }

    /// Rows of very unlike sizes, each of which has its own scale where inputs are rounded: none
    /// overflows, and none loses its digits.
    @Test(arguments: ConformanceBackend.all, [ElementType.f16, .q8_0])
    func productsOfUnlikeRows(backend: ConformanceBackend, type: ElementType) throws {
        var generator = SeededGenerator(seed: 18)
        var example = Example(type, rows: 20, inputs: 64, outputs: 9, using: &generator)
        // From 2⁻³⁰ to 2²⁷; the last row is of zeros.
        let factors = (0..<20).map { Float(sign: .plus, exponent: $0 * 3 - 30, significand: 1) }
        let values = example.inputValues.enumerated().map { index, value in
            index < 19 * 64 ? value * factors[index / 64] : 0
        }
        let input = example.fixture.add(rows: 20, columns: 64, values)
        let loaded = try example.fixture.load(on: backend.makeDevice())
        let result = try loaded.run(example.fixture.step) {
            $0.linear($0.embed(input), LinearWeights(example.weight))
        }.values
        for row in 0..<20 {
            let expected = (0..<9).map { output -> Double in
                var sum = 0.0
                for k in 0..<64 {
                    let weight = Double(example.weightValues[output * 64 + k])
                    sum += Double(values[row * 64 + k]) * weight
                }
                return sum
            }
            let own = Array(result[row * 9..<row * 9 + 9])
            #expect(relativeError(own, expected) < backend.tolerance(of: type), "row \(row)")
        }
    }

    /// More outputs than a GPU has workgroups in one dimension, for each of which there are two.
    @Test(arguments: ConformanceBackend.all)
    func productsOfALargeVocabulary(backend: ConformanceBackend) throws {
        var generator = SeededGenerator(seed: 19)
        let example = Example(.q8_0, rows: 3, inputs: 32, outputs: 151_936, using: &generator)
        let loaded = try example.fixture.load(on: backend.makeDevice())
        let values = try loaded.run(example.fixture.step) {
            $0.linear($0.embed(example.input), LinearWeights(example.weight, bias: example.bias))
        }.values
        #expect(relativeError(values, example.product()) < backend.tolerance(of: .q8_0))
    }

    /// A row's product has the same bits whatever rows are computed with it, with one thread or
    /// two, and with every set of kernels of an arithmetic.
    @Test(arguments: ElementType.allCases, [true, false])
    func aRowIsTheSameInEveryCompany(type: ElementType, isExact: Bool) throws {
        var generator = SeededGenerator(seed: 2)
        let inputs = type.blockElements == 1 ? 600 : 1536
        let example = Example(type, rows: 300, inputs: inputs, outputs: 83, using: &generator)
        var reference: [UInt32]?
        for backend in ConformanceBackend.all
        where backend.isExact == isExact && backend.isRowInvariant {
            let loaded = try example.fixture.load(on: backend.makeDevice())
            for count in Self.rowCounts {
                var fixture = example.fixture
                fixture.sequences = [(count, 0)]
                let values = try loaded.run(fixture.step) { pass in
                    let x = pass.embed(example.input)
                    return pass.linear(x, LinearWeights(example.weight, bias: example.bias))
                }.values.map(\.bitPattern)
                if let reference {
                    #expect(
                        values.elementsEqual(reference.prefix(values.count)),
                        "\(backend.name), \(count) rows")
                } else if count == 300 {
                    reference = values
                }
            }
        }
    }

    /// Numbers, products and sums around the smallest that bf16 products keep: whatever an
    /// instruction set makes of them, all make the same of them.
    @Test func tinyProductsAreTheSameOnEverySet() throws {
        var generator = SeededGenerator(seed: 17)
        let (rows, inputs, outputs) = (7, 77, 40)
        func numbers(_ count: Int, exponents: Range<UInt32>) -> [UInt32] {
            (0..<count).map { _ in
                let bits = UInt32.random(in: 0...UInt32.max, using: &generator)
                return bits & 0x807F_FFFF | UInt32.random(in: exponents, using: &generator) << 23
            }
        }
        let weights = numbers(inputs * outputs, exponents: 58..<68)
        let values = numbers(inputs * rows, exponents: 58..<68).map { Float(bitPattern: $0) }
        var fixture = OperationFixture()
        fixture.sequences = [(rows, 0)]
        let input = fixture.add(rows: rows, columns: inputs, values)
        let weight = fixture.add(
            .bf16, rows: outputs, columns: inputs,
            weights.flatMap { [UInt8(truncatingIfNeeded: $0 >> 16), UInt8($0 >> 24)] })
        var results: [Bool: [UInt32]] = [:]
        for backend in ConformanceBackend.all where backend.isRowInvariant {
            let result = try fixture.load(on: backend.makeDevice()).run(fixture.step) {
                $0.linear($0.embed(input), LinearWeights(weight))
            }.values.map(\.bitPattern)
            let reference = results[backend.isExact] ?? result
            #expect(result == reference, "\(backend.name)")
            results[backend.isExact] = reference
        }
        let tiny = zip(weights, values).filter { weight, value in
            let product = Double(Float(bitPattern: weight & 0xFFFF_0000)) * Double(value)
            return product != 0 && product.magnitude < 0x1p-126
        }
        #expect(tiny.count > 20)
    }

    @Test(arguments: ConformanceBackend.all)
    func severalProjectionsOfMixedFormatsAddUp(backend: ConformanceBackend) throws {
        var generator = SeededGenerator(seed: 3)
        let first = Example(.q4_K, rows: 5, inputs: 256, outputs: 256, using: &generator)
        var fixture = first.fixture
        let bytes = FormatReference.bytes(.f16, elements: 256 * 256, using: &generator)
        let second = fixture.add(.f16, rows: 256, columns: 256, bytes)
        let loaded = try fixture.load(on: backend.makeDevice())
        let values = try loaded.run(fixture.step) { pass in
            let x = pass.embed(first.input)
            let both = pass.linear(
                x, [LinearWeights(first.weight, bias: first.bias), LinearWeights(second)])
            pass.linear(x, LinearWeights(first.weight), addedTo: both[1])
            return both[1]
        }.values
        let numbers = FormatReference.numbers(.f16, bytes)
        let biasless = try loaded.run(fixture.step) { pass in
            pass.linear(pass.embed(first.input), LinearWeights(first.weight))
        }.values
        let expected = (0..<5 * 256).map { index in
            let (row, output) = (index / 256, index % 256)
            return (0..<256).reduce(Double(biasless[index])) {
                $0 + Double(first.inputValues[row * 256 + $1]) * Double(numbers[output * 256 + $1])
            }
        }
        #expect(relativeError(values, expected) < 2e-6)
    }

    /// Products of a norm, which a backend may compute on the way: of two formats, and gated.
    @Test(arguments: ConformanceBackend.all, [1, 5, 9])
    func productsOfANorm(backend: ConformanceBackend, rows: Int) throws {
        var generator = SeededGenerator(seed: 17)
        let example = Example(.q8_0, rows: rows, inputs: 96, outputs: 37, using: &generator)
        var fixture = example.fixture
        let bytes = FormatReference.bytes(.q4_1, elements: 37 * 96, using: &generator)
        let other = fixture.add(.q4_1, rows: 37, columns: 96, bytes)
        let scales = generator.floats(96)
        let scale = fixture.add(rows: 1, columns: 96, scales)
        let loaded = try fixture.load(on: backend.makeDevice())
        let weight = LinearWeights(example.weight, bias: example.bias)
        func run(_ record: (inout ForwardPass, Tensor) -> Tensor) throws -> [Float] {
            try loaded.run(fixture.step) { pass in
                let x = pass.embed(example.input)
                return record(&pass, pass.normalize(x, by: scale, epsilon: 1e-5))
            }.values
        }
        let normalized = RowConformanceTests.normalized(example.inputValues, by: scales)
        func product(_ numbers: [Float], _ bias: [Float]? = nil) -> [Double] {
            (0..<rows * 37).map { index in
                (0..<96).reduce(Double(bias?[index % 37] ?? 0)) { sum, k in
                    sum + normalized[index / 37 * 96 + k] * Double(numbers[index % 37 * 96 + k])
                }
            }
        }
        let first = product(example.weightValues, example.biasValues)
        let second = product(FormatReference.numbers(.q4_1, bytes))
        let tolerance = backend.tolerance(of: .q8_0)
        let both: (Int) throws -> [Float] = { index in
            try run { $0.linear($1, [weight, LinearWeights(other)])[index] }
        }
        #expect(relativeError(try both(0), first) < tolerance)
        #expect(relativeError(try both(1), second) < tolerance)
        let gated = try run {
            $0.gatedLinear(
                $1, gate: LinearWeights(example.weight), up: LinearWeights(other),
                activation: .silu)
        }
        let expected = zip(product(example.weightValues), second).map {
            $0 / (1 + exponential(-$0)) * $1
        }
        #expect(relativeError(gated, expected) < 2 * tolerance)
    }

    /// A factor multiplies the product with its bias, and not what it is added to.
    @Test(arguments: ConformanceBackend.all, [7, 70])
    func productsAreScaled(backend: ConformanceBackend, rows: Int) throws {
        var generator = SeededGenerator(seed: 15)
        let example = Example(.q8_0, rows: rows, inputs: 64, outputs: 64, using: &generator)
        let projection = LinearWeights(example.weight, bias: example.bias)
        let loaded = try example.fixture.load(on: backend.makeDevice())
        let plain = try loaded.run(example.fixture.step) {
            $0.linear($0.embed(example.input), projection)
        }.values
        let scaled = try loaded.run(example.fixture.step) {
            $0.linear($0.embed(example.input), projection, scaledBy: 0.22)
        }.values
        #expect(scaled == plain.map { $0 * 0.22 })
        let added = try loaded.run(example.fixture.step) { pass in
            let x = pass.embed(example.input)
            pass.linear(x, projection, addedTo: x, scaledBy: 0.22)
            return x
        }.values
        #expect(added == zip(example.inputValues, scaled).map { $0 + $1 })
    }

    @Test(
        arguments: ConformanceBackend.all,
        [(Operation.Activation.silu, ElementType.q4_0), (.gelu, .q8_0)].flatMap { kinds in
            [1, 7, 14, 70].map { (kinds.0, kinds.1, $0) }
        })
    func gatedProductsAreActivated(
        backend: ConformanceBackend,
        case: (activation: Operation.Activation, upType: ElementType, rows: Int)
    ) throws {
        let (activation, upType, rows) = `case`
        var generator = SeededGenerator(seed: 4)
        let gate = Example(.q8_0, rows: rows, inputs: 96, outputs: 70, using: &generator)
        var fixture = gate.fixture
        let bytes = FormatReference.bytes(upType, elements: 70 * 96, using: &generator)
        let up = fixture.add(upType, rows: 70, columns: 96, bytes)
        let loaded = try fixture.load(on: backend.makeDevice())
        func run(_ record: (inout ForwardPass) -> Tensor) throws -> [Float] {
            try loaded.run(fixture.step, record).values
        }
        let gates = try run {
            $0.linear($0.embed(gate.input), LinearWeights(gate.weight, bias: gate.bias))
        }
        let ups = try run { $0.linear($0.embed(gate.input), LinearWeights(up)) }
        let values = try run {
            $0.gatedLinear(
                $0.embed(gate.input), gate: LinearWeights(gate.weight, bias: gate.bias),
                up: LinearWeights(up), activation: activation)
        }
        let expected = zip(gates, ups).map { gate, up in
            let x = Double(gate)
            let activated =
                switch activation {
                case .silu: x / (1 + exponential(-x))
                case .gelu: x / 2 * (1 + tanh((2 / .pi).squareRoot() * (x + 0.044715 * x * x * x)))
                }
            return activated * Double(up)
        }
        // A pair of two formats may be rounded otherwise than each alone.
        let isAlike = upType == .q8_0 || backend.isExact || backend.isRowInvariant
        #expect(relativeError(values, expected) < (isAlike ? 1e-6 : backend.tolerance(of: .q8_0)))
    }
}
