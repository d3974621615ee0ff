/// A model's chat template: a Jinja program that makes the prompt's text of a conversation.
///
/// The language is Jinja 3.1 as `transformers` sets it up: `trim_blocks`, `lstrip_blocks`, loop
/// controls, its `tojson`, `raise_exception` and `strftime_now`, in a sandbox without changes to
/// values. Templates come with checkpoints, so they are not trusted: `TemplateLimits` bound them.
package struct ChatTemplate: Sendable {
    /// For messages.
    package let name: String
    private let statements: [Statement]
    private let limits: TemplateLimits

    /// Parses the source. Throws errors of the codes `syntax`, `unsupported` and `limit`.
    package init(
        source: String, name: String, limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) {
        self.name = name
        self.limits = limits
        do throws(TemplateError) {
            statements = try Parser.statements(of: source, limits)
        } catch {
            throw error.named(name)
        }
    }

    /// The text that the template makes of these variables.
    ///
    /// - Parameter clock: the time for `strftime_now`; a template that asks for it without one
    ///   fails.
    package func render(
        _ context: some Sequence<(String, Value)>, clock: TemplateClock? = nil
    ) throws(TemplateError) -> String {
        do throws(TemplateError) {
            return try Interpreter.render(
                statements, context: context, clock: clock, limits: limits)
        } catch {
            throw error.named(name)
        }
    }
}
