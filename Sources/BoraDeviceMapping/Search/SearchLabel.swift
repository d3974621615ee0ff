/// A map of the first units, as far as it matters for the rest of them: a plain value, because a
/// search copies it tens of thousands of times.
struct SearchLabel {
    /// Sites whose run has ended.
    var closed: UInt128 = 0
    /// The site of the run that goes on; -1 before the first.
    var open: Int16 = -1
    /// Where the hidden states are; -1 before the first unit.
    var at: Int16 = -1
    /// The site of the first unit of a tie that is not complete; -1 otherwise.
    var table: Int16 = -1
    var usesHost = false
    /// Its row of `SearchRows`.
    var row: Int32 = 0
    /// Length of the label's trace in the search.
    var trace: Int32 = -1

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

    /// The most room left on a GPU whose run has ended, for a layer that is on the CPU.
    var slack = Int.min
    /// The smallest layer on the CPU.
    var smallestOnHost = Int.max
    /// Digest of what each run that has ended takes.
    var fill: UInt64 = 0

    /// What `Relaxation` adds to the time for the mean of the sites' times.
    var weighted = 0.0
    /// Room on sites whose run has not ended, and its price.
    var unspentRoom = 0.0
    var unspentPrice = 0.0

    /// The lower, the better it looks: of the search for the least time, no map that begins like
    /// this takes less.
    var rank = 0
}

/// Numbers of labels that few rigs need: the bytes taken from each pool that could run short, by
/// sites whose run has ended; then the time of each site that has pins. Labels share rows that do
/// not differ.
struct SearchRows {
    private var numbers: [Int]
    let count: Int

    init(_ first: [Int]) {
        numbers = first
        count = first.count
    }

    subscript(row: Int32, index: Int) -> Int { numbers[Int(row) * count + index] }

    /// Adds to a number of a label, which gets a row of its own.
    mutating func add(_ value: Int, to index: Int, of label: inout SearchLabel) {
        let start = Int(label.row) * count
        label.row = Int32(numbers.count / count)
        numbers.append(contentsOf: numbers[start..<start + count])
        numbers[Int(label.row) * count + index] += value
    }
}
