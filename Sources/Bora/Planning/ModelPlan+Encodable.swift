import BoraDeviceMapping

extension ModelPlan: Encodable {
    /// The fields that docs/ARCHITECTURE.md lists.
    public func encode(to encoder: any Encoder) throws {
        try PlanDocument(map).encode(to: encoder)
    }
}
