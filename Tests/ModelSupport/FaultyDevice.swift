import BoraCore
import BoraDeviceMapping
import BoraDevices
import Synchronization

/// A device that works as another one does until it fails, and a count of what is taken.
package final class FaultyDevice: Device {
    /// What a device is asked to do.
    package enum Deed: Sendable {
        case allocate
        case store
        case growKV
        case commit
        case wait
        case read
        case write
    }

    /// When a device fails, for all devices made with it together. A lost device fails at
    /// everything from then on.
    package final class Fault: Sendable {
        private let deed: Deed
        private let error: DeviceError
        private let isForGood: Bool
        private let left: Mutex<Int>
        private let bytes = Mutex(0)
        fileprivate let willCommit: @Sendable (DeviceID) -> Void

        /// - Parameters:
        ///   - number: of the deed that fails, counted from 1.
        ///   - isForGood: whether every later one of the kind fails too.
        ///   - willCommit: called with each device that is about to run a segment.
        package init(
            _ code: DeviceError.Code, on device: DeviceID, at deed: Deed, number: Int = 1,
            isForGood: Bool = false, willCommit: @escaping @Sendable (DeviceID) -> Void = { _ in }
        ) {
            error = DeviceError(code, on: device)
            self.deed = deed
            self.isForGood = isForGood
            self.willCommit = willCommit
            left = Mutex(number)
        }

        /// A fault that does not happen.
        package static func never(
            willCommit: @escaping @Sendable (DeviceID) -> Void = { _ in }
        ) -> Fault {
            Fault(
                .lost(reason: "test"), on: .cpu, at: .commit, number: .max, willCommit: willCommit)
        }

        /// Bytes that devices have taken and not given back.
        package var takenBytes: Int { bytes.withLock { $0 } }

        /// Whether the device has failed.
        package var hasHappened: Bool { left.withLock { $0 <= 0 } }

        fileprivate func take(_ count: Int) { bytes.withLock { $0 += count } }

        fileprivate func check(_ deed: Deed, on id: DeviceID) throws(DeviceError) {
            if id == error.device, fails(at: deed) { throw error }
        }

        private func fails(at deed: Deed) -> Bool {
            let isDue = deed == self.deed
            let number = left.withLock { left in
                if isDue { left -= 1 }
                return left
            }
            if case .lost = error.code, number < 0 { return true }
            return isDue && (number == 0 || isForGood && number < 0)
        }
    }

    private let device: any Device
    private let fault: Fault
    private let taken = Mutex(0)

    package init(_ device: any Device, _ fault: Fault) {
        self.device = device
        self.fault = fault
    }

    deinit {
        let bytes = taken.withLock { $0 }
        fault.take(-bytes)
    }

    package var id: DeviceID { device.id }
    package var layout: any BackendLayout { device.layout }
    package var account: ArenaAccount { device.account }

    package func allocate(_ sizes: ArenaSizes) throws(DeviceError) {
        try fault.check(.allocate, on: id)
        try device.allocate(sizes)
        let bytes = account.takenBytes
        taken.withLock { $0 = bytes }
        fault.take(bytes)
    }

    package func store(
        _ uploads: [WeightUpload], progress: @escaping @Sendable (Int) -> Void
    ) throws(DeviceError) {
        try fault.check(.store, on: id)
        try device.store(uploads, progress: progress)
    }

    package func growKV(group: Int, toBlocks blocks: Int) throws(DeviceError) {
        try fault.check(.growKV, on: id)
        try device.growKV(group: group, toBlocks: blocks)
    }

    package func growWorkspace(to bytes: Int) throws(DeviceError) {
        try device.growWorkspace(to: bytes)
    }

    package func commit(_ program: Program, segment: Int) throws(DeviceError) -> any Ticket {
        fault.willCommit(id)
        try fault.check(.commit, on: id)
        let ticket = try device.commit(program, segment: segment)
        return FaultyTicket(ticket: ticket, id: id, fault: fault)
    }

    package func read(_ tensor: Tensor, of program: Program) throws(DeviceError) -> [Float] {
        try fault.check(.read, on: id)
        return try device.read(tensor, of: program)
    }

    package func write(
        _ values: [Float], to tensor: Tensor, of program: Program
    ) throws(DeviceError) {
        try fault.check(.write, on: id)
        try device.write(values, to: tensor, of: program)
    }

    package func checkGuards() throws(DeviceError) { try device.checkGuards() }

    private struct FaultyTicket: Ticket {
        let ticket: any Ticket
        let id: DeviceID
        let fault: Fault

        func wait() throws(DeviceError) {
            try ticket.wait()
            try fault.check(.wait, on: id)
        }
    }
}
