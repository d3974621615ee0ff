extension Array {
    /// The elements in order, equal ones as they stood (merge sort; the library's `sorted` keeps
    /// neither this promise nor the type of error).
    func stablySorted(
        by precedes: (Element, Element) throws(TemplateError) -> Bool
    ) throws(TemplateError) -> [Element] {
        guard count > 1 else { return self }
        let left = try Array(self[..<(count / 2)]).stablySorted(by: precedes)
        let right = try Array(self[(count / 2)...]).stablySorted(by: precedes)
        var merged: [Element] = []
        merged.reserveCapacity(count)
        var next = 0
        for element in right {
            while next < left.count, !(try precedes(element, left[next])) {
                merged.append(left[next])
                next += 1
            }
            merged.append(element)
        }
        return merged + left[next...]
    }
}
