import BoraCore

/// The devices that the user wants used, by the names that the machine's devices have, each with
/// the budget to carve out of it where one is given: `gpu0:40MiB,gpu0:20MiB,cpu`.
package struct DeviceList: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        /// A device of the machine.
        package let device: DeviceID
        /// The budget of the logical device to be carved out of it; nil for all it has.
        package let bytes: Int?
    }

    /// At least one.
    package let entries: [Entry]

    /// All devices of a machine, whole.
    package init(all machine: [DeviceID]) {
        entries = machine.map { Entry(device: $0, bytes: nil) }
    }

    /// Reads `NAME[:SIZE],…`. A GPU may come several times, each with a size; the CPU comes once.
    ///
    /// - Parameters:
    ///   - machine: the devices of the machine.
    ///   - memory: the size of a device's memory in bytes. No part of it is larger; what other
    ///     programs or parts take of it is the planner's business.
    package init(
        parsing text: String, machine: [DeviceID], memory: (DeviceID) -> Int
    ) throws(DeviceListError) {
        var entries: [Entry] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            func error(_ code: DeviceListError.Code) -> DeviceListError {
                DeviceListError(code, entry: String(part), text: text, machine: machine)
            }
            let fields = part.filter { $0 != " " }
                .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = fields.first, !name.isEmpty else { throw error(.empty) }
            guard let device = DeviceID(parsing: name) else { throw error(.malformed) }
            guard machine.contains(device) else { throw error(.unknownDevice) }
            var bytes: Int?
            if fields.count == 2 {
                guard let size = ByteCount(parsing: fields[1]), size.bytes > 0 else {
                    throw error(.malformedSize)
                }
                guard size.bytes <= memory(device) else {
                    throw error(.tooLarge(device, memory: memory(device)))
                }
                bytes = size.bytes
            }
            let others = entries.filter { $0.device == device }
            guard others.isEmpty || device.kind == .gpu else { throw error(.repeated) }
            guard others.allSatisfy({ $0.bytes != nil && bytes != nil }) else {
                throw error(.repeatedWithoutSize)
            }
            entries.append(Entry(device: device, bytes: bytes))
        }
        self.entries = entries
    }
}

/// A list of devices that cannot be read, or names one that is not there.
package struct DeviceListError: DescribedError {
    package enum Code: Equatable, Sendable {
        case empty
        case malformed
        case malformedSize
        /// The device has less memory, in bytes.
        case tooLarge(DeviceID, memory: Int)
        case unknownDevice
        case repeated
        case repeatedWithoutSize
    }

    package let code: Code
    /// The entry that is wrong, as it was given.
    package let entry: String
    private let text: String
    private let machine: [DeviceID]

    fileprivate init(_ code: Code, entry: String, text: String, machine: [DeviceID]) {
        self.code = code
        self.entry = entry
        self.text = text
        self.machine = machine
    }

    package var category: ErrorCategory { .wrongUsage }

    package var identifier: String {
        switch code {
        case .empty: "deviceList.empty"
        case .malformed: "deviceList.malformed"
        case .malformedSize: "deviceList.malformedSize"
        case .tooLarge: "deviceList.tooLarge"
        case .unknownDevice: "deviceList.unknownDevice"
        case .repeated: "deviceList.repeated"
        case .repeatedWithoutSize: "deviceList.repeatedWithoutSize"
        }
    }

    package var description: String {
        let problem =
            switch code {
            case .empty: "an entry is empty; give names and sizes as gpu0:40MiB,cpu"
            case .malformed: "'\(entry)' is no device; give names and sizes as gpu0:40MiB,cpu"
            case .malformedSize:
                "'\(entry)' has no size after the colon; give one with its unit, as gpu0:40MiB"
            case .tooLarge(let device, let memory):
                "'\(entry)' is more than \(device) has, which is \(ByteCount(memory)); carve no "
                    + "more, or plan for a larger one with bora plan --hypothetical"
            case .unknownDevice: "'\(entry)' is not there"
            case .repeated: "'\(entry)' names the CPU again; it can be used once"
            case .repeatedWithoutSize:
                "'\(entry)' names a GPU again; to make several of it, give each a size"
            }
        return "--devices '\(text)': \(problem). This machine has \(machine.list) (bora devices "
            + "shows them)"
    }
}
