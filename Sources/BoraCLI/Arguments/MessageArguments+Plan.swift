import Bora

extension MessageArguments {
    /// Tells where a model goes before it is loaded.
    func show(_ plan: ModelPlan) {
        warn(plan.warnings)
        note(plan.report(width: Descriptor.standardError.columns) + "\n")
    }
}
