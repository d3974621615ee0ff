/// Labels of the search of which none is as good as another in everything.
struct LabelSet {
    private(set) var labels: [SearchLabel] = []
    /// By key, the label that was added last; by label, the one of its key before it.
    private var newest: [SearchLabel.Key: Int] = [:]
    private var older: [Int] = []
    /// Whether only labels whose open runs hold the same bytes are compared: a run that holds less
    /// leaves more room, which the rule about layers on the CPU may forbid.
    private let comparesEqualRuns: Bool

    init(comparesEqualRuns: Bool) { self.comparesEqualRuns = comparesEqualRuns }

    mutating func insert(_ label: SearchLabel) {
        let key = label.key(withRun: comparesEqualRuns)
        let start = newest[key]
        var position = start
        while let other = position {
            if labels[other].dominates(label) { return }
            if label.dominates(labels[other]) {
                labels[other] = label
                return
            }
            position = older[other] < 0 ? nil : older[other]
        }
        labels.append(label)
        older.append(start ?? -1)
        newest[key] = labels.count - 1
    }
}
