import BoraCore

/// A part of the map that the user fixed: the planner keeps it and places the rest.
package struct Pin: Codable, Equatable, Sendable {
    /// What is pinned. The unit of mapping is the part, so a tensor takes its part with it.
    package enum Selection: Codable, Equatable, Sendable {
        /// All of these repeating layers.
        case layers(Range<Int>)
        /// Every part, fixed ones too, with a tensor that matches.
        case tensors(TensorPattern)
    }

    package let selection: Selection
    package let device: DeviceID
    /// Where the user said so, for messages: `--override-tensor ffn=cpu`, `rig.yaml, line 3`.
    package let source: String

    package init(_ selection: Selection, to device: DeviceID, source: String) {
        self.selection = selection
        self.device = device
        self.source = source
    }

    /// The parts of a model that it pins, in the order of the forward pass.
    package func parts(of footprint: Footprint) -> [Part] {
        switch selection {
        case .layers(let layers):
            return footprint.parts.filter { $0.layer.map(layers.contains) ?? false }
        case .tensors(let pattern):
            let matches = pattern.matches(in: footprint.tensors.lazy.map(\.name))
            let parts = Set(footprint.tensors.lazy.filter { matches.contains($0.name) }.map(\.part))
            return footprint.parts.filter(parts.contains)
        }
    }
}

extension [Pin] {
    /// The device of every pinned part. Where several pins name a part, the first decides.
    package func devices(in footprint: Footprint) -> [Part: DeviceID] {
        reduce(into: [:]) { devices, pin in
            for part in pin.parts(of: footprint) where devices[part] == nil {
                devices[part] = pin.device
            }
        }
    }

    /// Throws for a pin that means nothing for this model on these devices.
    package func check(
        against footprint: Footprint, devices: [DeviceID]
    ) throws(PinError) {
        for pin in self {
            guard devices.contains(pin.device) else {
                throw PinError(.unknownDevice(devices), pin)
            }
            if case .layers(let layers) = pin.selection, layers.upperBound > footprint.layers {
                throw PinError(.unknownLayer(layers: footprint.layers), pin)
            }
            guard !pin.parts(of: footprint).isEmpty else {
                throw PinError(.nothingSelected(example: footprint.tensors.first?.name), pin)
            }
        }
    }
}

/// A pin that means nothing for the model or the devices at hand.
package struct PinError: DescribedError {
    package enum Code: Equatable, Sendable {
        /// The device is not among those in use.
        case unknownDevice([DeviceID])
        /// The model has fewer layers.
        case unknownLayer(layers: Int)
        /// No tensor matches.
        case nothingSelected(example: String?)
    }

    package let code: Code
    package let pin: Pin

    init(_ code: Code, _ pin: Pin) {
        self.code = code
        self.pin = pin
    }

    package var category: ErrorCategory { .invalidInput }

    package var identifier: String {
        switch code {
        case .unknownDevice: "pin.unknownDevice"
        case .unknownLayer: "pin.unknownLayer"
        case .nothingSelected: "pin.nothingSelected"
        }
    }

    package var description: String {
        switch code {
        case .unknownDevice(let devices):
            return
                "\(pin.source): there is no \(pin.device); the devices in use are \(devices.list)"
        case .unknownLayer(let layers):
            return "\(pin.source): the model has \(layers) repeating layers, 0 to \(layers - 1)"
        case .nothingSelected(let example):
            let names = example.map { "; the model's tensors have names like \($0)" } ?? ""
            return "\(pin.source): no tensor of the model matches\(names) (bora inspect lists them)"
        }
    }
}
