import Bora
import BoraDeviceMapping
import Testing

/// Topology files and what is wrong with them.
@Suite struct TopologyTests {
    @Test func layersAndTensorsArePinned() throws {
        let pins = try Topology.pins(
            in: """
                # the beginning
                0-15: gpu0
                16: cpu
                /ffn_(up|down)/: gpu[1]
                """, file: "t.yaml")
        #expect(
            pins == [
                Pin(.layers(0..<16), to: .gpu(0), source: "t.yaml, line 2"),
                Pin(.layers(16..<17), to: .cpu, source: "t.yaml, line 3"),
                Pin(
                    .tensors(try #require(TensorPattern("ffn_(up|down)"))), to: .gpu(1),
                    source: "t.yaml, line 4"),
            ])
    }

    @Test(
        arguments: [
            ("", nil, "empty"),
            ("0-15", 1, "list of `key: value`"),
            ("- 0: cpu", 1, "list of `key: value`"),
            ("0: gpu0\n5-2: cpu", 2, "'5-2' is neither a layer"),
            ("ffn: cpu", 1, "'ffn' is neither a layer"),
            ("-1: cpu", 1, "'-1' is neither"),
            ("0-1-2: cpu", 1, "'0-1-2' is neither"),
            ("99999999999: cpu", 1, "is neither"),
            ("/(/: cpu", 1, "'/(/' holds no regular expression"),
            ("//: cpu", 1, "'//' is neither"),
            ("0: cuda0", 1, "'cuda0' is no device; give gpu0"),
            ("0: {device: gpu0}", 1, "the device of '0' has to be one value"),
            ("? [1, 2]\n: cpu", 1, "a key of a topology has to be one value"),
            ("0: gpu0\n0: cpu", 1, "'0' stands there twice"),
            ("0: \"gpu0", 1, "no YAML"),
            ("0: gpu0\n---\n1: cpu", 2, "no YAML"),
            ("0: &a gpu0\n1: *a", nil, "anchors"),
            ("0: *b", 1, "no YAML"),
        ] as [(String, Int?, String)])
    func problemsAreNamedWithTheirLine(_ text: String, _ line: Int?, _ problem: String) {
        let error = #expect(throws: YAMLError.self) {
            try Topology.pins(in: text, file: "t.yaml")
        }
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("t.yaml") == true)
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "none")")
    }
}
