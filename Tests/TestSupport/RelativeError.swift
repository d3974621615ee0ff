/// The RMS of the difference over the RMS of the reference; NaN where a value is not a number.
/// Traps when the two differ in length.
package func relativeError(
    of values: some Collection<Float>, to reference: some Collection<Float>
) -> Double {
    precondition(values.count == reference.count, "\(values.count) and \(reference.count) values")
    var difference = 0.0
    var size = 0.0
    for (value, expected) in zip(values, reference) {
        difference += (Double(value) - Double(expected)) * (Double(value) - Double(expected))
        size += Double(expected) * Double(expected)
    }
    return (difference / size).squareRoot()
}
