/// A number of bytes that depends on the kind of device; nil for a kind that nobody asked about.
package struct BytesByKind: Codable, Hashable, Sendable {
    package var cpu: Int?
    package var gpu: Int?

    package init(cpu: Int? = nil, gpu: Int? = nil) {
        self.cpu = cpu
        self.gpu = gpu
    }

    /// The same on every kind.
    package init(_ bytes: Int) { self.init(cpu: bytes, gpu: bytes) }

    package subscript(kind: DeviceKind) -> Int? {
        get {
            switch kind {
            case .cpu: cpu
            case .gpu: gpu
            }
        }
        set {
            switch kind {
            case .cpu: cpu = newValue
            case .gpu: gpu = newValue
            }
        }
    }
}
