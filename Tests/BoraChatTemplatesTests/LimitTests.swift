import BoraChatTemplates
import Testing

/// No template hangs, fills the memory or overflows the stack: each of these ends in an error.
@Suite struct LimitTests {
    private static let endless: [String] = [
        // Steps.
        """
        {% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}
        """,
        // Text that doubles, repeats or grows by replacing.
        """
        {% set n = namespace(t='ab') %}\
        {% for i in range(99) %}{% set n.t = n.t ~ n.t %}{% endfor %}
        """,
        "{{ 'abc' * 1000000000000 }}",
        "{{ [1] * 1000000000000 }}",
        "{{ 'abc' * 9223372036854775807 }}",
        "{% set s = 'a' * 1000000 %}{{ s.replace('a', s) }}",
        "{% set s = 'a' * 1000000 %}{{ s.replace('', s) }}",
        "{% set s = 'a' * 1000000 %}{{ s.join(s) }}",
        "{% set s = 'a' * 1000000 %}{{ s | list | join(s) }}",
        "{{ 'a'.center(999999999999) }}",
        "{{ 'a'.zfill(999999999999) }}",
        "{{ 'a' | indent(999999999999, true) }}",
        "{{ [1] | batch(999999999999, 0) | list }}",
        "{{ [1] | slice(999999999999, 0) | list }}",
        "{{ range(100000000) }}",
        // Formats that ask for widths and precisions.
        "{{ '%999999999d' % 1 }}",
        "{{ '%.999999999f' % 1.5 }}",
        "{{ '%99999999999999999999d' % 1 }}",
        "{{ '%*d' % (999999999999, 1) }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ '{:.999999999e}'.format(1.5) }}",
        "{{ '{:{w}}'.format('a', w=999999999) }}",
        "{{ '\t'.expandtabs(999999999999) }}",
        """
        {% set s = '{0}' * 100000 %}{{ s.format('a' * 100000) }}
        """,
        "{% for i in range(100000) %}{{ '%.300f' % 5e-324 }}{% endfor %}",
        // Lazy filters over one another, which are read all at once.
        """
        {% set n = namespace(l=[1]) %}\
        {% for i in range(99999) %}{% set n.l = n.l | map('string') %}{% endfor %}\
        {{ n.l | list }}
        """,
        // Values inside one another, alone and shared.
        """
        {% set n = namespace(l=[]) %}\
        {% for i in range(99999) %}{% set n.l = [n.l] %}{% endfor %}
        """,
        """
        {% set n = namespace(l=[1]) %}\
        {% for i in range(90) %}{% set n.l = [n.l, n.l] %}{% endfor %}\
        {{ n.l }}
        """,
        """
        {% set n = namespace(l=[1]) %}\
        {% for i in range(90) %}{% set n.l = [n.l, n.l] %}{% endfor %}\
        {{ n.l | tojson }}
        """,
        """
        {% set n = namespace(l=[1]) %}\
        {% for i in range(90) %}{% set n.l = (n.l, n.l) %}{% endfor %}\
        {{ {n.l: 1} }}
        """,
        """
        {% set n = namespace(l=[1], m=[1]) %}{% for i in range(90) %}\
        {% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}
        """,
        // Recursion.
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for x in [[]] recursive %}{{ loop([x]) }}{% endfor %}",
        // Source nested too deeply, by brackets, operators, postfixes and blocks.
        "{{ " + nested("(", ")") + " }}",
        "{{ " + nested("[", "]") + " }}",
        "{{ " + String(repeating: "-", count: 100_000) + "1 }}",
        "{{ " + String(repeating: "not ", count: 100_000) + "1 }}",
        "{{ 1" + String(repeating: " + 1", count: 100_000) + " }}",
        "{{ a" + String(repeating: ".a", count: 100_000) + " }}",
        "{{ a" + String(repeating: " | list", count: 100_000) + " }}",
        "{{ 1" + String(repeating: " if 1 else 1", count: 100_000) + " }}",
        "{{ 1" + String(repeating: " if 1", count: 100_000) + " }}",
        String(repeating: "{% if 1 %}", count: 100_000),
        "{% set " + nested("(", ")") + " = 1 %}",
        String(repeating: " ", count: 2_000_000),
    ]

    private static func nested(_ open: String, _ close: String) -> String {
        String(repeating: open, count: 100_000) + "x" + String(repeating: close, count: 100_000)
    }

    @Test func templatesWithoutEndFail() {
        for source in Self.endless {
            let error = #expect(throws: TemplateError.self) { () throws(TemplateError) in
                try render(source)
            }
            #expect(error?.code == .limit, "\(source.prefix(120)): \(error?.description ?? "")")
        }
    }

    /// Searching takes time in proportion to the texts, not to their product.
    @Test func searchesAreLinear() throws {
        let source = """
            {% set a = 'a' * 1000000 %}{% set b = 'a' * 500000 ~ 'b' %}\
            {{ b in a }} {{ a.find(b) }} {{ a.count(b) }} {{ a.split(b) | length }}
            """
        #expect(try render(source) == "False -1 0 1")
    }

    @Test func deepContextsAreRefused() {
        var value: Value = .list([])
        for _ in 0..<200 { value = .list([value]) }
        let error = #expect(throws: TemplateError.self) { () throws(TemplateError) in
            try render("", [("x", value)])
        }
        #expect(error?.code == .limit)
    }

    /// Broken and random sources end in an error or a text.
    @Test func randomSourcesNeverTrap() {
        let pieces = [
            "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "if", "for", "in", "else",
            "endif", "endfor", "set", "x", "y", "=", "(", ")", "[", "]", "{", "}", ",", ":", ".",
            "|", "length", "'a'", "1", "0x1F", "1.5e3", "~", "**", "//", "%", "is", "not",
            "defined", "raw", "endraw", "loop", "macro", "endmacro", "é", "\"", "\\",
        ]
        for seed in UInt64(0)..<3000 {
            var state = seed
            func next(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % bound
            }
            var source = next(2) == 0 ? "{{" : "{%"
            for _ in 0..<next(20) { source += pieces[next(pieces.count)] + " " }
            if next(2) == 0 { source += "}}" }
            do throws(TemplateError) {
                _ = try render(source, [("x", [1, "a", ["k": 2.5]]), ("y", "text")])
            } catch {
                #expect(!error.message.isEmpty, "seed \(seed): \(source)")
            }
        }
    }
}
