/// Where a model goes on this machine and what it takes, worked out from its header alone.
public struct ModelPlan: Sendable, CustomStringConvertible {
    /// - Throws: an itemised bill when the model does not fit.
    public init(_ file: ModelFile, options: RuntimeOptions = RuntimeOptions()) throws {
        fatalError("not wired yet")
    }

    /// The map as people know it, and a table of what each device holds.
    public var description: String { fatalError("not wired yet") }

    /// The plan as a JSON object (docs/ARCHITECTURE.md lists its fields), keys sorted.
    public func json() throws -> String { fatalError("not wired yet") }
}
