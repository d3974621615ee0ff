/// A map of the first units, as far as it matters for the rest of them.
struct SearchLabel {
    /// Sites whose run has ended.
    var closed: UInt128 = 0
    /// The site of the run that goes on; -1 before the first.
    var open = -1
    /// Where the hidden states are; -1 before the first unit.
    var at = -1
    /// The site of the first unit of a tie that is not complete; -1 otherwise.
    var table = -1

    /// Time so far: steps, chunks, crossings, segments.
    var time = 0
    /// The busiest site whose run has ended.
    var busiest = 0
    var openBusy = 0
    var openBytes = 0
    var openWorkspace = 0
    var hostBusy = 0
    var hostBytes = 0
    var hostWorkspace = 0
    var usesHost = false

    /// The most room left on a GPU whose run has ended, for a layer that is on the CPU.
    var slack = Int.min
    /// The smallest layer on the CPU.
    var smallestOnHost = Int.max

    /// Bytes taken from each pool that could run short, by sites whose run has ended; then, where
    /// there are pins, the time of every site.
    var extra: [Int] = []

    /// What `Relaxation` adds to the time for the mean of the sites' times.
    var weighted = 0.0
    /// The price of all the room on sites whose run has not ended.
    var unspent = 0.0

    /// Length of the label's trace in the search.
    var trace = -1
    /// No map that begins like this takes less.
    var bound = 0

    /// Labels of one key can go on in the same ways.
    ///
    /// - Parameter withRun: whether to tell apart what the open runs hold.
    func key(withRun: Bool) -> Key {
        Key(
            closed: closed, open: open, at: at, table: table, usesHost: usesHost,
            bytes: withRun ? openBytes : 0, workspace: withRun ? openWorkspace : 0)
    }

    struct Key: Hashable {
        let closed: UInt128
        let open: Int
        let at: Int
        let table: Int
        let usesHost: Bool
        let bytes: Int
        let workspace: Int

        /// Labels of a pass differ in few fields; one product mixes them well enough.
        func hash(into hasher: inout Hasher) {
            let places = UInt64(truncatingIfNeeded: open &+ at << 8 &+ table << 16)
            let sites =
                UInt64(truncatingIfNeeded: closed) ^ UInt64(truncatingIfNeeded: closed >> 64)
            hasher.combine(
                sites &* 0x9E37_79B9_7F4A_7C15 ^ places << 32 ^ UInt64(truncatingIfNeeded: bytes))
        }
    }

    /// Whether it is no worse in anything than a label of the same key.
    func dominates(_ other: SearchLabel) -> Bool {
        guard time <= other.time, openBytes <= other.openBytes, openBusy <= other.openBusy,
            hostBytes <= other.hostBytes, hostBusy <= other.hostBusy, busiest <= other.busiest,
            openWorkspace <= other.openWorkspace, hostWorkspace <= other.hostWorkspace,
            slack <= other.slack, smallestOnHost >= other.smallestOnHost
        else { return false }
        return zip(extra, other.extra).allSatisfy { $0 <= $1 }
    }
}
