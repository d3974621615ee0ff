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
        /// Whether the model fits with it alone.
        package let isEnough: Bool
    }

    package let code: Code
    package let bills: [DeviceBill]
    /// Of the memories that these devices use.
    package let pools: [PoolBill]
    package let savings: [Saving]

    init(_ code: Code, bills: [DeviceBill] = [], pools: [PoolBill] = [], savings: [Saving] = []) {
        self.code = code
        self.bills = bills
        self.pools = pools
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
                + "those in use, or give all layers to the devices there are"
        case .doesNotFit:
            let lines = bills.flatMap(Self.lines(of:)) + shortPools + savings.map(Self.line(of:))
            return (["the model does not fit"] + lines).joined(separator: "\n")
        }
    }

    private static func lines(of bill: DeviceBill) -> [String] {
        let items: [(String, Int)] = [
            ("weights", bill.weights), ("KV cache", bill.kv), ("workspace", bill.workspace),
            ("overhead", bill.overhead), ("total", bill.total), ("budget", bill.budget),
            ("reserve", bill.reserve),
            bill.free < 0 ? ("shortfall", -bill.free) : ("free", bill.free),
        ]
        return ["  \(bill.device) (\(bill.model), \(ByteCount(bill.memory)))"]
            + items.map { name, bytes in
                "    " + name.padded(to: 10) + ByteCount(bytes).description.padded(leading: 9)
            }
    }

    /// Memories that have less than their devices may take together, where each device by itself
    /// has the room.
    private var shortPools: [String] {
        guard bills.allSatisfy({ $0.free >= 0 }) else { return [] }
        return pools.filter { $0.free < 0 }.map {
            "  the memory '\($0.name)' has \(ByteCount($0.budget)) for all of this, and "
                + "\(ByteCount($0.total)) is taken: a shortfall of \(ByteCount(-$0.free))"
        }
    }

    private static func line(of saving: Saving) -> String {
        "  \(saving.remedy) would save \(ByteCount(saving.bytes)), which is "
            + (saving.isEnough ? "enough" : "not enough alone")
    }
}
