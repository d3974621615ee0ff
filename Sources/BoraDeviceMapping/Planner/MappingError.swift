import BoraCore

/// Why there is no map: the itemised bill of each device, and what would make the model fit.
package struct MappingError: DescribedError {
    package enum Code: Equatable, Sendable {
        case noDevice
        /// A manual map leaves layers to a device that is not in use.
        case missingDevice(DeviceID)
        case doesNotFit
    }

    /// A change that makes the model smaller.
    package struct Saving: Equatable, Sendable {
        package let remedy: String
        package let bytes: Int

        package init(remedy: String, bytes: Int) {
            self.remedy = remedy
            self.bytes = bytes
        }
    }

    package let code: Code
    package let bills: [DeviceBill]
    package let savings: [Saving]

    package init(code: Code, bills: [DeviceBill], savings: [Saving]) {
        self.code = code
        self.bills = bills
        self.savings = savings
    }

    package var category: ErrorCategory {
        switch code {
        case .missingDevice: .invalidInput
        case .noDevice, .doesNotFit: .insufficientResources
        }
    }

    package var identifier: String {
        switch code {
        case .noDevice: "mapping.noDevice"
        case .missingDevice: "mapping.missingDevice"
        case .doesNotFit: "mapping.doesNotFit"
        }
    }

    package var description: String {
        switch code {
        case .noDevice:
            return "the machine has no device that can run a model"
        case .missingDevice(let device):
            return "the manual map leaves layers to \(device), which is not in use; add it to "
                + "--devices, or give all layers to the devices there are"
        case .doesNotFit:
            var lines = ["the model does not fit"]
            for bill in bills {
                let items: [(String, Int)] = [
                    ("weights", bill.weights), ("KV cache", bill.kv),
                    ("workspace", bill.workspace), ("overhead", bill.overhead),
                    ("total", bill.total), ("budget", bill.budget), ("reserve", bill.reserve),
                    ("shortfall", -bill.free),
                ]
                lines.append("  \(bill.device) (\(bill.model), \(ByteCount(bill.memory)))")
                lines += items.map { name, bytes in
                    "    " + name.padded(to: 10) + ByteCount(bytes).description.padded(leading: 9)
                }
            }
            for saving in savings {
                lines.append("  \(saving.remedy) would save \(ByteCount(saving.bytes))")
            }
            return lines.joined(separator: "\n")
        }
    }
}
