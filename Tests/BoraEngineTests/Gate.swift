import BoraCore

/// Lets the first steps of a model pass and holds the others until it is opened.
final class Gate: Sendable {
    private let state: Condition<(open: Int, arrived: Int)>

    init(open steps: Int) { state = Condition((steps, 0)) }

    func pass(_ step: Int) {
        state.update { $0.arrived = max($0.arrived, step) }
        state.wait { step <= $0.open ? () : nil }
    }

    func awaitArrival(of step: Int) { state.wait { $0.arrived >= step ? () : nil } }

    func open() { state.update { $0.open = .max } }
}
