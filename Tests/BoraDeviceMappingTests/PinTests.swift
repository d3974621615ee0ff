import BoraCore
import BoraDeviceMapping
import Testing

@Suite struct PinTests {
    /// Two layers; the head is tied to the embedding.
    private static let footprint: Footprint = {
        var tensors = [tensor("token_embd.weight", .embedding)]
        for layer in 0..<2 {
            tensors += [
                tensor("blk.\(layer).attn_q.weight", Part(layer: layer, .attention)),
                tensor("blk.\(layer).ffn_up.weight", Part(layer: layer, .feedForward)),
                tensor("blk.\(layer).ffn_down.weight", Part(layer: layer, .feedForward)),
            ]
        }
        tensors.append(tensor("token_embd.weight", .head))
        return Footprint(
            fingerprint: "0123", architecture: "test", layers: 2, tensors: tensors, caches: [],
            workspace: [], hiddenBytes: 4)
    }()

    private static func tensor(_ name: String, _ part: Part) -> Footprint.Tensor {
        .init(name: name, part: part, type: .f16, rows: 1, columns: 64, stored: BytesByKind(128))
    }

    private static func pin(_ pattern: String, to device: DeviceID = .cpu) throws -> Pin {
        Pin(.tensors(try #require(TensorPattern(pattern))), to: device, source: "test")
    }

    @Test func layersTakeAllTheirParts() {
        let pin = Pin(.layers(1..<2), to: .gpu(0), source: "test")
        #expect(
            pin.parts(of: Self.footprint) == [
                Part(layer: 1, .attention), Part(layer: 1, .feedForward),
            ])
    }

    @Test func tensorsTakeTheirPart() throws {
        #expect(
            try Self.pin(#"blk\.0\.ffn_(up|gate)"#).parts(of: Self.footprint)
                == [Part(layer: 0, .feedForward)])
        #expect(try Self.pin("^token").parts(of: Self.footprint) == [.embedding, .head])
        #expect(try Self.pin("^ffn").parts(of: Self.footprint).isEmpty)
    }

    @Test func theFirstPinDecides() throws {
        let pins = [
            try Self.pin(#"blk\.1\.attn"#, to: .gpu(1)), Pin(.layers(0..<2), to: .cpu, source: ""),
        ]
        let devices = pins.devices(in: Self.footprint)
        #expect(devices.count == 4)
        #expect(devices[Part(layer: 1, .attention)] == .gpu(1))
        #expect(devices[Part(layer: 1, .feedForward)] == .cpu)
    }

    @Test func pinsThatMeanNothingAreRefused() throws {
        func error(_ pin: Pin) -> PinError? {
            #expect(throws: PinError.self) {
                try [pin].check(against: Self.footprint, devices: [.gpu(0), .cpu])
            }
        }
        let unknownDevice = error(try Self.pin("ffn", to: .gpu(1)))
        #expect(unknownDevice?.code == .unknownDevice([.gpu(0), .cpu]))
        #expect(
            unknownDevice?.description
                == "test: there is no gpu[1]; the devices in use are gpu[0] and cpu")
        let unknownLayer = error(Pin(.layers(1..<3), to: .cpu, source: "f.yaml, line 2"))
        #expect(unknownLayer?.code == .unknownLayer(layers: 2))
        let nothing = error(try Self.pin("experts"))
        #expect(nothing?.code == .nothingSelected(example: "token_embd.weight"))
        try [Self.pin("ffn", to: .gpu(0))].check(
            against: Self.footprint, devices: [.gpu(0), .cpu])
    }

    @Test(arguments: ["", "(", "[a", "a{2,1}", String(repeating: "a", count: 1001)])
    func malformedPatternsAreRefused(_ text: String) {
        #expect(TensorPattern(text) == nil)
    }
}
