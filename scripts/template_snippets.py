"""Small templates for make_template_goldens.py: each line tries one thing of the language."""

CONTEXT = {
    "n": 7,
    "zero": 0,
    "neg": -3,
    "f": 2.5,
    "s": "Hello, World",
    "empty": "",
    "text": "  padded\ttext \n",
    "lines": "one\ntwo\n\nfour",
    "uni": "naïve café 東京 🎉 ß",
    "html": "<a href='x'>\"&\"</a>",
    "yes": True,
    "no": False,
    "nil": None,
    "list": [3, 1, 2],
    "words": ["pear", "Apple", "fig", "apple"],
    "nested": [[1, 2], [3, [4, 5]]],
    "floats": [0.1, 1.0, 1e16, 1e-5, 123456789.125, 1e22, 0.0001, -0.0, 5e-324],
    "d": {"a": 1, "b": {"c": [10, 20]}, "items": "shadow", "key with space": 2},
    "people": [
        {"name": "Ann", "age": 31, "city": "Oslo"},
        {"name": "bob", "age": 25, "city": "Rome"},
        {"name": "Cy", "age": 31, "city": "Oslo", "tags": ["x"]},
    ],
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "<think>hm</think>\n\nHello"},
    ],
}


def expressions(*sources):
    return ["{{ " + source + " }}" for source in sources]


PRINTING = expressions(
    "n", "f", "s", "yes", "nil", "list", "d", "people[2]", "floats", "nested", "uni", "html",
    "[uni, html, text, lines]", "undefined_name", "d.missing", "(1,)", "()", "(1, 'a')", "[]", "{}",
    "{'a': none, 1: true, 2.5: [1]}", "'it\\'s'", "['it\\'s', 'a \"b\"', 'both \\' \"']",
    "['\\x07\\u2028\\u00ad\\U0001f600\\t\\\\']", "[undefined_name]", "1e15", "1e16", "1e17", "123e-7",
    "1.10", "100.0", "1e100", "0.1 + 0.2", "1/3", "2/1", "10.0", "-0.0", "1_000", "0x1f", "0o17",
    "0b101", "1_0.5_0", "1e5", "1E+2", "range(5)", "range(2, 9, 3)", "range(5, 0, -2)", "range(0)",
    "d.keys()", "d.b.values()", "d.b.items()", "'a' 'b' \"c\"", "'\\n'", "'\\q'", "'a\\\nb'", "True",
    "None", "False", "true", "'\\101\\60'", "namespace(a=1, b='x')", "-n", "+n", "--n", "-'a'", "+'a'",
    "-f", "-true", "1.e5", "5.", ".5", "007", "0_0", "1__0", "'unfinished", "1if yes else 2",
)

OPERATORS = expressions(
    "1 + 2 * 3", "(1 + 2) * 3", "2 ** 3 ** 2", "-2 ** 2", "2 ** -1", "7 // 2", "-7 // 2", "7 // -2",
    "7 % 3", "-7 % 3", "7 % -3", "7.5 // 2", "-7.5 % 2", "7.5 % -2", "7 / 2", "6 / 2", "0 ** 0",
    "1 / 0", "1 // 0", "1 % 0", "1.0 / 0", "'a' + 'b'", "'a' + 1", "1 + 'a'", "'a' * 3", "3 * 'a'",
    "'a' * -1", "[1] * 2", "[1] + [2]", "(1,) + (2,)", "[1] + (2,)", "true + true", "1 - true",
    "1 ~ 2", "'a' ~ none ~ 1.5 ~ [1]", "1 ~ 2 + 3", "1 + 2 ~ 3", "2 * 3 ~ 4", "'a' ~ undefined_name",
    "undefined_name + 1", "1 + undefined_name", "undefined_name ~ 'x'", "none + 1", "[] + none",
    "1 == 1.0", "1 == true", "'1' == 1", "none == none", "undefined_name == undefined_name",
    "undefined_name == none", "[1, 2] == [1, 2]", "[1] == (1,)", "{'a': 1} == {'a': 1.0}", "1 != 2",
    "1 < 2", "1 < 2 < 3", "1 < 3 < 2", "3 > 2 >= 2", "'a' < 'b'", "'a' < 1", "[1, 2] < [1, 3]",
    "(1, 2) < (1, 2, 3)", "[1, 'a'] < [1, 2]", "none < 1", "undefined_name < 1", "'B' < 'a'",
    "'é' == 'e\u0301'", "1 == 1 == 1", "1 < 2 == true", "n in list", "3 in list", "'a' in d", "'z' in d",
    "1 in d", "'ell' in s", "'' in s", "1 in s", "n not in list", "not n in list", "1 in none",
    "'a' in undefined_name", "[1] in [[1]]", "[1] in d", "1 in (1, 2)", "1 in range(3)",
    "true and false", "1 and 2", "0 and 2", "1 or 2", "0 or ''", "not 1", "not ''", "not not 1",
    "1 or 2 and 0", "not 1 == 2", "yes and not no", "none or 'x'", "[] and 1", "undefined_name or 'x'",
    "'y' if yes else 'n'", "'y' if no else 'n'", "'y' if no", "'a' if no else 'b' if no else 'c'",
    "('y' if no) is defined", "1 if 1 else 2 if 0 else 3", "[1 if yes else 2, 3]", "1 +", "1 1", "* 2",
    "9223372036854775807 - 1", "-9223372036854775807 - 1", "1 - -1", "1 - - 1", "2 - 1 - 1",
    "100 // 10 // 3", "2 * 3 % 4", "1.5 + 1", "1.5 - 0.5", "2.0 ** 3", "4 ** 0.5", "10 ** 15 / 7",
    "not undefined_name", "1 <> 2", "1 === 1", "a = 1", "1 & 2", "!yes", "yes && no", "(1", "1)", "[1",
    "{'a': 1", "{'a'}", "{'a': }", "[1,,2]", "[,]", "(,)", "[1,]", "{'a': 1,}", "(1, 2,)", "1, 2", "1,",
)

ACCESS = expressions(
    "d.a", "d['a']", "d.b.c[1]", "d['b']['c'][-1]", "d.items is callable", "d['items']", "d['key with space']",
    "d.get('a')", "d.get('z')", "d.get('z', 5)", "d.get()", "d.missing.deeper", "d['missing']['x']",
    "undefined_name.x", "undefined_name['x']", "undefined_name()", "none.x", "none['x']", "n.x", "n[0]",
    "n()", "s()", "list[0]", "list[-1]", "list[5]", "list['a']", "list.0", "list.5", "d.0", "s[0]",
    "s[-1]", "s[99]", "uni[6]", "uni[-3:]", "s[1:5]", "s[:5]", "s[7:]", "s[::-1]", "s[::2]", "s[5:1]",
    "s[-5:-1]", "s[1:100]", "s[100:]", "s[::0]", "s['a':]", "list[1:]", "list[::-1]", "list[:-1]",
    "list[-2:]", "list[none:2]", "(1, 2, 3)[1:]", "range(10)[2:8:3] | list", "d[1:2]", "n[1:2]", "nil[1:]",
    "undefined_name[1:]", "list[0:2][0]", "list[1.5]", "list[true]", "d[list]", "d[(1,)]", "list[]",
    "messages[0].role", "messages[-1]['content']", "messages[0]['role'].upper()", "d.keys() | list",
    "d.values() | list | length", "d.items() | list", "d.items() | first", "d.keys()[0]", "d.pop('a')",
    "d.update({})", "d.clear()", "list.append(1)", "list.pop()", "d.copy() == d", "list.index(1)",
    "list.index(9)", "list.count(3)", "s.nope", "s.nope()", "s.__class__", "d.__class__", "s.length",
    "(1, 2).0", "{'a': {'b': 1}}.a.b", "[1, 2][0]", "'abc'[1]", "'abc'.upper()", "d.get(list)",
    "d.get('a', default=2)", "s.upper(1)", "s.split(sep=',')", "s.split(nope=1)", "x.y.z is defined",
    "d.missing is defined", "list[5] is defined", "d.b['c'].0", "d . a", "d .b [ 'c' ]",
)

STRING_METHODS = expressions(
    "s.upper()", "s.lower()", "uni.upper()", "'ÀÉ'.lower()", "s.swapcase()", "'hello world-foo bar\\'s'.title()",
    "'hELLO wORLD'.capitalize()", "''.capitalize()", "text.strip()", "text.lstrip()", "text.rstrip()",
    "'xxabcxx'.strip('x')", "'xyabcyx'.strip('xy')", "'abc'.strip('')", "'abc'.lstrip('ab')",
    "'\\u00a0a\\u3000'.strip()", "s.split(',')", "s.split()", "'a b  c'.split(' ')", "text.split()",
    "'a,b,c,d'.split(',', 2)", "'a,b,c,d'.rsplit(',', 1)", "'a b c d'.split(none, 2)", "' a b c '.split(none, 1)",
    "' a b c '.rsplit(none, 1)", "'abc'.split('')", "''.split()", "''.split(',')", "'a<b>c<b>d'.split('<b>')[-1]",
    "lines.splitlines()", "lines.splitlines(true)", "'a\\r\\nb\\rc\\x0bd'.splitlines()", "'a\\n'.splitlines()",
    "''.splitlines()", "s.startswith('Hell')", "s.startswith('x')", "s.startswith(('x', 'H'))",
    "s.endswith('World')", "s.endswith(('a', 'b'))", "s.startswith('W', 7)", "s.startswith(1)", "s.endswith('lo', 0, 5)",
    "s.replace('l', 'L')", "s.replace('l', 'L', 2)", "s.replace('', '-')", "'abc'.replace('', '-', 2)",
    "'abc'.replace('', '-', 4)", "''.replace('', '-')", "s.replace('x', 'y')", "s.replace('l', '', -1)",
    "'aaa'.replace('aa', 'b')", "s.replace(1, 2)", "s.replace('l')", "s.find('o')", "s.find('z')", "s.find('o', 5)",
    "s.rfind('o')", "s.index('W')", "s.index('z')", "uni.find('東')", "uni.rfind('é')", "s.count('l')", "s.count('')",
    "'aaaa'.count('aa')", "s.find('')", "s.rfind('')", "s.partition(', ')", "s.partition('z')", "s.rpartition('o')",
    "s.rpartition('z')", "', '.join(['a', 'b'])", "''.join([])", "', '.join([1])", "'-'.join('abc')", "'-'.join(d)",
    "'42'.isdigit()", "'4a'.isdigit()", "''.isdigit()", "'ab'.isalpha()", "'a1'.isalnum()", "' \\t'.isspace()",
    "'ab'.islower()", "'AB1'.isupper()", "'1'.isupper()", "'²'.isdigit()", "'½'.isnumeric()", "'²'.isdecimal()",
    "'é'.isascii()", "'a'.center(5) ~ '|'", "'a'.center(4) ~ '|'", "'ab'.center(5, '*')", "'a'.ljust(3, '.')",
    "'a'.rjust(3)", "'7'.zfill(3)", "'-7'.zfill(4)", "'+7'.zfill(2)", "'abc'.removeprefix('ab')",
    "'abc'.removesuffix('bc')", "'abc'.removeprefix('x')", "'a'.center(3, 'xy')", "'İ'.lower() | length",
    "'ß'.upper()", "'ǆ'.title()", "'straße'.casefold()", "'don\\'t stop'.title()", "s.split(', ')[1].lower()[0]",
    "'a--b'.split('-')", "'--'.split('-')", "'a-b-c'.rsplit('-')", "'a-b-c'.rsplit('-', 0)", "'a b'.split(none, 0)",
)

FILTERS = expressions(
    "s | upper", "s | lower", "n | upper", "nil | upper", "undefined_name | upper", "list | upper", "s | length",
    "list | length", "d | length", "uni | length", "n | length", "nil | length", "undefined_name | length",
    "list | count", "range(3) | length", "text | trim", "text | trim ~ '|'", "'xxaxx' | trim('x')", "n | trim",
    "'hello world' | title", "'foo-bar (baz) [qux] a_b don\\'t' | title", "'HELLO' | title", "'hELLO' | capitalize",
    "undefined_name | default('x')", "nil | default('x')", "nil | default('x', true)", "'' | default('x', boolean=true)",
    "undefined_name | d", "d.missing | default([])", "d.missing.deeper | default('x')", "s | default('x')",
    "list | join", "list | join(', ')", "words | join('|')", "people | join(', ', attribute='name')", "[] | join(',')",
    "[1, none, 'a', undefined_name] | join('-')", "s | join('.')", "d | join(',')", "n | join", "list | first",
    "list | last", "[] | first", "[] | last", "s | first", "s | last", "d | first", "d | last", "n | first",
    "list | sort", "list | sort(reverse=true)", "words | sort", "words | sort(case_sensitive=true)",
    "people | sort(attribute='age') | map(attribute='name') | list",
    "people | sort(attribute='age,name', reverse=true) | map(attribute='name') | list", "[1, 'a'] | sort",
    "list | reverse | list", "s | reverse", "n | reverse", "list | list", "s | list", "d | list", "n | list",
    "undefined_name | list", "list | sum", "people | sum(attribute='age')", "[0.5, 1] | sum", "['a'] | sum",
    "[] | sum(start=5)", "list | min", "list | max", "words | min", "words | max", "[] | max", "[1, 'a'] | max",
    "people | max(attribute='age')", "n | string ~ 1", "nil | string", "list | string | length", "'42' | int", "'x' | int",
    "'x' | int(5)", "'3.9' | int", "3.9 | int", "-3.9 | int", "'0x1f' | int(base=16)", "'1f' | int(0, 16)", "nil | int", "true | int",
    "' 42 ' | int", "'1_000' | int", "'-0b11' | int(base=2)", "'1e3' | int", "'2.5' | float", "'x' | float",
    "n | float", "'x' | float(1.5)", "'1e3' | float", "'inf' | float", "neg | abs", "-2.5 | abs", "'a' | abs", "true | abs",
    "2.5 | round", "3.5 | round", "2.567 | round(2)", "2.1 | round(method='ceil')", "2.9 | round(0, 'floor')", "7 | round",
    "2.5 | round | int", "1234.5 | round(-2)", "'a' | round", "1 | round(method='x')", "'abc' | replace('b', 'x')",
    "'aaa' | replace('a', 'b', 2)", "n | replace('7', '8')", "'abc' | replace('', '-')", "html | escape", "html | e", "'a' | safe",
    "'a b/c?d=é' | urlencode", "'one two  three-four' | wordcount", "s | truncate(9)", "s | truncate(5, true)",
    "'one two three four five' | truncate(12)", "'one two three four five' | truncate(12, end='!', leeway=0)",
    "s | truncate(2)", "lines | indent", "lines | indent(2, true)", "lines | indent(2, blank=true)", "lines | indent('> ')",
    "'' | indent(2, true) ~ '|'", "'x' | center(7) ~ '|'", "d | items | list", "d.b | items | list", "list | items | list",
    "undefined_name | items | list", "{'b': 1, 'A': 2} | dictsort", "{'b': 1, 'A': 2} | dictsort(true)",
    "{'b': 1, 'A': 2} | dictsort(by='value')", "{'b': 1, 'A': 2} | dictsort(reverse=true)", "{'b': 1} | dictsort(by='x')",
    "list | dictsort", "words | map('upper') | list", "people | map(attribute='name') | list", "nested | map('first') | list",
    "people | map(attribute='tags') | list", "people | map(attribute='tags', default='-') | list", "words | map('length') | list",
    "nested | map('join', '-') | list", "people | map(attribute='tags.0') | list", "d.b.c | map('string') | join", "list | map | list",
    "list | map('nope') | list", "[1, 0, 2] | select | list", "[1, 2, 3] | select('odd') | list", "[1, 2, 3] | reject('odd') | list",
    "[1, none] | reject('none') | list", "['a', 'b'] | select('equalto', 'a') | list", "[1, 2, 3] | select('gt', 1) | list",
    "[1, 2] | select('in', [2]) | list", "people | selectattr('tags') | map(attribute='name') | list",
    "people | selectattr('age', 'equalto', 31) | map(attribute='name') | list",
    "people | rejectattr('city', '==', 'Oslo') | map(attribute='name') | list",
    "people | selectattr('tags', 'defined') | list | length", "people | rejectattr('tags', 'defined') | list | length",
    "messages | selectattr('role', 'in', ['user', 'system']) | map(attribute='content') | join(' / ')", "list | select('nope') | list",
    "[1, 1.0, 2, 'a', 'A'] | unique | list", "words | unique(case_sensitive=true) | list", "people | unique(attribute='age') | map(attribute='name') | list",
    "[1, 2, 3, 4, 5] | batch(2) | list", "[1, 2, 3] | batch(2, 'x') | list", "[1, 2, 3, 4, 5] | slice(2) | list",
    "[1, 2, 3, 4, 5] | slice(3, 'x') | list", "people | groupby('city') | list",
    "people | groupby('city') | map(attribute='grouper') | list", "people | groupby('tags', default='') | length",
    "d | attr('a')", "(s | attr('upper'))()", "s | nope", "s | upper | lower | title", "s|upper()", "(s | length) + 1",
    "s | length + 1", "-1 | abs", "1 + -1 | abs", "not s | length", "s | default('x') | upper", "'a' ~ s | upper", "s | upper.lower",
    "s | upper[0]", "(s | upper)[0]", "s | upper | length > 5", "s | replace('l', 'L') | replace('L', '1')", "list | tojson",
    "list | length()", "s | upper(1)", "s | trim(nope=1)", "range(3) | list", "range(3) | join", "range(1, 3) | sum",
    "list | map('abs') | map('string') | join(',')", "words | sort | first", "s | batch(4) | map('join') | list",
    "[[1, 2], [3]] | sum(start=[])", "'%s' | length", "people | map(attribute='name') | map('lower') | sort | join(' ')",
)

JSON = expressions(
    "d | tojson", "people | tojson", "floats | tojson", "uni | tojson", "uni | tojson(ensure_ascii=true)", "html | tojson",
    "text | tojson", "nil | tojson", "yes | tojson", "(1, 2) | tojson", "{1: 2, none: 3, true: 4, 2.5: 5} | tojson",
    "d | tojson(indent=2)", "nested | tojson(indent=4)", "{'a': [], 'b': {}} | tojson(indent=2)", "d | tojson(indent='\\t')",
    "d | tojson(indent=0)", "d | tojson(separators=(',', ':'))", "{'b': 1, 'a': 2} | tojson(sort_keys=true)",
    "{'b': 1, 'a': [1, 2]} | tojson(indent=2, separators=(', ', ' = '), sort_keys=true)", "undefined_name | tojson",
    "[undefined_name] | tojson", "namespace(a=1) | tojson", "{(1, 2): 3} | tojson", "'\\x00\\x1f\\x7f\\x08\\x0c\\u2028' | tojson",
    "'\\x7f😀' | tojson(true)", "range(3) | tojson", "d.keys() | tojson", "1e16 | tojson", "'inf' | float | tojson", "n | tojson",
    "[] | tojson", "{} | tojson", "'' | tojson", "d | tojson | length", "[[], [[]]] | tojson(indent=1)",
)

TESTS = expressions(*[
    f"[{', '.join(f'{value} is {test}' for value in ['n', 'f', 's', 'nil', 'yes', 'list', 'd', '(1,)', 'undefined_name', 'range(2)', 'd.items()'])}]"
    for test in ["defined", "undefined", "none", "boolean", "integer", "float", "number", "string", "mapping",
                 "sequence", "iterable", "true", "false", "callable"]
]) + expressions(
    "2 is even", "2 is odd", "3 is odd", "2.0 is even", "'a' is even", "9 is divisibleby 3", "9 is divisibleby(4)", "9 is divisibleby 0",
    "1 is eq 1", "1 is equalto(1.0)", "1 is ne 2", "1 is lt 2", "2 is ge 2", "2 is lessthan 1", "1 is in [1, 2]", "'a' is in 'abc'",
    "1 is not in [2]", "1 is sameas 1", "1 is sameas true", "1 is not defined", "s is not none", "not s is none",
    "s is string and n is number", "s is string == true", "'abc' is lower", "'ABC' is upper", "'1' is lower", "s is nope", "s is",
    "1 is defined is true", "1 is even or 1 is odd", "x is defined and x.y", "'upper' is filter", "'even' is test", "'nope' is filter",
    "d.b is mapping", "d.b.c is sequence", "s.upper is callable", "d.missing is undefined", "s is eq 'x' if yes else 1",
    "[1] is eq [1]", "-1 is odd", "1 + 1 is even", "s is string | string", "n is number ~ 'x'", "1 is divisibleby", "3 is divisibleby n - 4",
    "undefined_name is none", "namespace() is mapping", "1 is number is number",
)

CONTROL = [
    "{% if n %}a{% endif %}", "{% if zero %}a{% else %}b{% endif %}",
    "{% if zero %}a{% elif n %}b{% else %}c{% endif %}", "{% if zero %}a{% elif no %}b{% endif %}|",
    "{% if undefined_name %}a{% else %}b{% endif %}", "{% if undefined_name.x %}a{% endif %}",
    "{% if d.missing %}a{% else %}b{% endif %}", "{% if 1 if 1 else 2 %}a{% endif %}", "{% if (1 if 0 else 2) %}a{% endif %}",
    "{% if %}a{% endif %}", "{% if n %}a", "{% endif %}", "{% if n %}a{% endfor %}", "{% else %}", "{% nope %}",
    "{% for x in list %}{{ x }},{% endfor %}", "{% for x in [] %}a{% else %}b{% endfor %}",
    "{% for x in list %}{{ x }}{% else %}b{% endfor %}", "{% for k in d %}{{ k }},{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k, v in d | items %}{{ k }};{% endfor %}",
    "{% for a, b in nested %}{{ a }}-{{ b }};{% endfor %}", "{% for (a, b) in nested %}{{ a }};{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "{% for a, b in list %}x{% endfor %}",
    "{% for a, b in ['xy', 'zw'] %}{{ b }}{{ a }}{% endfor %}", "{% for c in 'añ🎉' %}[{{ c }}]{% endfor %}",
    "{% for x in n %}a{% endfor %}", "{% for x in nil %}a{% endfor %}", "{% for x in undefined_name %}a{% else %}none{% endfor %}",
    "{% for x in list if x > 1 %}{{ loop.index }}:{{ x }}/{{ loop.length }} {% endfor %}",
    "{% for x in list if x > 5 %}a{% else %}nothing{% endfor %}", "{% for x in list if loop.index > 1 %}a{% endfor %}",
    "{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for x in list %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in list %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for x in list %}{{ loop.cycle('a', 'b') }}{% endfor %}", "{% for x in [1, 1, 2] %}{{ loop.changed(x) }} {% endfor %}",
    "{% for x in list %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}", "{% for x in list %}{{ loop.nope }}{% endfor %}",
    "{% for x in list %}{% for y in [1, 2] %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% for x in list %}{% set outer = loop %}{% for y in [1, 2] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for x in list %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in list %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in list %}{% for y in list %}{% break %}{% endfor %}{{ x }}{% endfor %}", "{% break %}", "{% continue %}",
    "{% for x in list %}{% break %}{% else %}b{% endfor %}", "{% if yes %}{% break %}{% endif %}",
    "{% for x in list %}{{ x }}{% endfor %}{{ x }}", "{% for x in list %}{% set y = x %}{% endfor %}{{ y }}",
    "{% set y = 0 %}{% for x in list %}{% set y = y + x %}{{ y }},{% endfor %}{{ y }}",
    "{% set ns = namespace(y=0) %}{% for x in list %}{% set ns.y = ns.y + x %}{% endfor %}{{ ns.y }}",
    "{% set ns = namespace() %}{{ ns.x is defined }}{% set ns.x = 1 %}{{ ns.x }}{{ ns['x'] }}",
    "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}", "{% set d.a = 2 %}{{ d.a }}", "{% set q.a = 2 %}",
    "{% set ns = namespace(found=false) %}{% for x in list if not ns.found %}{{ x }}{% if x == 1 %}{% set ns.found = true %}{% endif %}{% endfor %}",
    "{% set ns = namespace(found=false) %}{% for x in list if not ns.found %}{{ loop.last }}{% if x == 1 %}{% set ns.found = true %}{% endif %}{% endfor %}",
    "{% set x = 1 %}{{ x }}", "{% set x, y = 1, 2 %}{{ x }}{{ y }}", "{% set x = 1, 2 %}{{ x }}", "{% set (x, y) = [1, 2] %}{{ x }}{{ y }}",
    "{% set x, y = [1] %}", "{% set x %}a{{ n }}b{% endset %}{{ x }}", "{% set x | upper %}abc{% endset %}{{ x }}",
    "{% set x | replace('a', 'b') | upper %}abc{% endset %}{{ x }}", "{% set x = %}", "{% set 1 = 2 %}", "{% set none = 2 %}",
    "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}", "{% if no %}{% set z = 2 %}{% endif %}{{ z is defined }}",
    "{% set x %}{% set inner = 1 %}{{ inner }}{% endset %}{{ x }}{{ inner is defined }}", "{% set x = x | default(3) %}{{ x }}",
    "{% set loop = 1 %}{{ loop }}", "{% set s = s ~ '!' %}{{ s }}", "{% set ns = namespace(l=[]) %}{% for x in list %}{% set ns.l = ns.l + [x * 2] %}{% endfor %}{{ ns.l }}",
    "{% for x in list recursive %}{{ x }}{% endfor %}", "{% for x in nested recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}",
    "{% for x in list %}{{ loop(x) }}{% endfor %}", "{% for message in messages %}{% if message.role == 'user' %}{{ loop.index0 }}{% endif %}{% endfor %}",
    "{% for x in range(3) %}{{ x }}{% endfor %}", "{% for x in range(3, 0, -1) %}{{ x }}{% endfor %}", "{{ range(1, 2, 0) }}", "{{ range('a') }}", "{{ range() }}",
    "{% for x in messages[::-1] %}{{ x.role }} {% endfor %}", "{% for x in messages[1:] %}{{ x.role }} {% endfor %}",
    "{% for x in list | sort %}{{ x }}{% endfor %}", "{% for x in 1, 2 %}{{ x }}{% endfor %}", "{% for x in (1, 2) %}{{ x }}{% endfor %}",
    "{% for x in list if x > 1 if x > 2 %}{{ x }}{% endfor %}", "{% for 1 in list %}{% endfor %}", "{% for x of list %}{% endfor %}", "{% for x in %}{% endfor %}",
    "{% for x in list %}{% endfor %}{% endfor %}", "{% for x in d %}{{ d[x] }} {% endfor %}", "{% for item in d.b.c %}{{ item }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}", "{% with %}{% set a = 1 %}{% endwith %}{{ a is defined }}",
    "{% set a = 5 %}{% with a = 1, b = a %}{{ b }}{% endwith %}", "{% filter upper %}abc{{ s }}{% endfilter %}", "{% filter replace('a', 'b') | upper %}abc{% endfilter %}",
    "{% filter nope %}x{% endfilter %}", "{% raw %}{{ x }}{% if %}{% endraw %}", "{% raw -%}  x  {%- endraw %}|", "{% raw %}x", "{% raw %} a {% endraw %}  b", "{# comment #}a", "{# {{ x }} {% if %} #}a", "{# unfinished",
    "{{ 'unfinished' ", "{% if n ", "{{ }}", "{% %}", "{{ n }", "{ { n } }", "{{ '}}' }}", "{{ '{{' }}", "{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': 1}}}}", "a{{n}}b", "{{n}}{{n}}", "{{-n}}", "{{ - n }}", "{{+n}}", "}} %} #}", "{", "{{", "{%", "",
    "\n", "\n\n", "a\n", "a\n\n", "a\r\nb\rc\n", "{{ 'a\r\nb' }}",
]

WHITESPACE = [
    "a {{- ' b ' -}} c", "a  {%- if yes -%}  b  {%- endif -%}  c", "a\n{% if yes %}\nb\n{% endif %}\nc", "a\n  {% if yes %}\n  b\n  {% endif %}\nc",
    "a\n  {%+ if yes %}\n  b\n  {%+ endif %}\nc", "a {% if yes %} b {% endif %} c", "  {% if yes %}x{% endif %}", "\t{% if yes %}x{% endif %}\n", "x  {% if yes %}y{% endif %}", "{% if yes +%}\nx{% endif %}", "{% if yes -%}\n\n  x{% endif %}",
    "{% if yes %}\n\nx{% endif %}", "{{ n }}\n{{ n }}\n", "  {{ n }}  \n  {{ n }}  ", "{{ n -}}\n\n  x", "x  \n {{- n }}", "a\n  {# c #}\nb", "a\n  {# c -#}\n\n b", "a  {#- c #}b", "a {# c +#}\nb", "a\n  {#+ c #}\nb", "{# a #}\n{# b #}\nc", "{# a #}  {# b #}  c",
    "{% for x in list %}\n  {{ x }}\n{% endfor %}\n", "{% for x in list -%}\n  {{ x }}\n{%- endfor %}\n", "{%- for x in list %}\n{{- x }}\n{%- endfor %}", "{% for x in list %}{{ x }}\n{% endfor %}", "{% for x in list %}\n{{ x }} {% endfor %}\n\n",
    "{% set x = 1 %}\n{% set y = 2 %}\n{{ x }}{{ y }}", "  {% set x = 1 %}  \n  {{ x }}", "{% set x = 1 -%}\n  {{ x }}", "{{ n }} {% if yes %}x{% endif %}", "{{ n }}\n {% if yes %}x{% endif %}", "{% if yes %} {% if yes %}x{% endif %} {% endif %}",
    "{% if yes %}\n  {% if yes %}\n    x\n  {% endif %}\n{% endif %}\n", "a\n\n  \n{%- if yes %}x{% endif %}", "\u00a0{% if yes %}x{% endif %}", "a\n\u00a0{% if yes %}x{% endif %}", "a\u3000{{- n -}}\u3000b", "{%-if yes-%} x {%-endif-%}", "{%if yes%}x{%endif%}",
    "{{n-}} x", "{{ n +}}", "{{ n -}}{{- n }}", "{{ '  a  ' -}}   ", "   {{- '  a  ' }}", "a\n{% raw %}\n  b\n{% endraw %}\nc", "a\n  {% raw %}\n  b\n  {% endraw %}\nc", "a {%- raw -%} b {%- endraw -%} c", "a\n  {%+ raw %}b{%+ endraw %}\nc", "{% raw -%}\n x {% endraw -%}\n y",
    "{% if yes %}a{% endif %}\n", "{% if yes %}a{% endif %}\n\n", "{% if yes %}a{% endif %} \n", "{{ n }}\n\n", "{%- if yes %}\n a{% endif %}", "{%- set x = 1 %}\n\n{%- set y = 2 %}\n\n{{- x }}\n{{- y }}\n", "  {%- if yes %}  a  {%- endif %}  ", "\n\n{%- if yes %}a{% endif %}",
    "{% if yes %}\r\n a\r\n{% endif %}\r\n", "{%\nif yes\n%}x{%\nendif\n%}", "{{\n n\n}}", "{{ n }}{# c #}\n{{ n }}", "x{# c #}\n  y", "{% macro m() %}\n  a\n{% endmacro %}\n{{ m() }}|", "{% set x %}\n  a\n{% endset %}\n{{ x }}|", "{%- macro m() -%}\n  a\n{%- endmacro -%}\n\n{{ m() }}|",
    "  {% raw %}{{ a }}{% endraw %}\n  {% if yes %}x{% endif %}", "{% if yes -%} {% if yes %}x{% endif %}{% endif %}", "{% if yes %}\n  {%- if yes +%}\n  x{% endif %}{% endif %}", "a{% if yes %}\n   \n   {% endif %}b", "a   \n   {# x #}   \n   b", "\f{% if yes %}x{% endif %}",
]

MACROS = [
    "{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(1) }}{{ m('x') }}", "{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=4, a=5) }}", "{% macro m(a) %}{{ a is defined }}{{ a }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}", "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", "{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}", "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}",
    "{% macro m() %}{{ varargs }}{% endmacro %}{{ m() }}{{ m(1) }}", "{% macro m(a, b=a ~ '!') %}{{ b }}{% endmacro %}{{ m('x') }}", "{% macro m(a=1, b) %}{% endmacro %}", "{% macro m() %}{{ n }}{% endmacro %}{{ m() }}", "{% set v = 1 %}{% macro m() %}{{ v }}{% endmacro %}{% set v = 2 %}{{ m() }}",
    "{% macro m() %}{% set v = 5 %}{{ v }}{% endmacro %}{{ m() }}{{ v is defined }}", "{% macro f(k) %}{% if k > 0 %}{{ k }}{{ f(k - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "{% macro a() %}a{{ b() }}{% endmacro %}{% macro b() %}b{% endmacro %}{{ a() }}", "{{ m() }}{% macro m() %}a{% endmacro %}",
    "{% macro m() %} x {% endmacro %}{{ m() | trim | upper }}", "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}inside{% endcall %}", "{% macro m() %}{{ caller('x') }}{% endmacro %}{% call(a) m() %}[{{ a }}]{% endcall %}", "{% macro m() %}a{% endmacro %}{% call m() %}b{% endcall %}", "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}",
    "{% for x in list %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}", "{% for x in list %}{% macro m() %}{{ loop.index }}{% endmacro %}{{ m() }}{% endfor %}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(*[1]) }}{{ m(**{'a': 2}) }}", "{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(1, *[2]) }}{{ m(*[1], b=3) }}", "{{ dict(a=1, b=2) }}", "{{ dict({'a': 1}, b=2) }}", "{{ dict([('a', 1)]) }}",
    "{% macro m() %}{% endmacro %}{{ m.name }}", "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}", "{% set j = joiner('; ') %}{% for x in list %}{{ j() }}{{ x }}{% endfor %}", "{{ raise_exception('no') }}", "{{ strftime_now('%Y-%m-%d %H:%M:%S %B %b %A %a %j %y %I %p %%') }}", "{{ strftime_now('%d %b %Y') }}", "{% if no %}{{ raise_exception('no') }}{% endif %}ok",
    "{% macro m() %}{{ raise_exception('no') }}{% endmacro %}ok", "{% macro m(a, a2=[]) %}{{ a2 }}{% endmacro %}{{ m(1) }}", "{{ f(1) }}", "{% set m = 1 %}{% macro m() %}x{% endmacro %}{{ m() }}", "{% macro m(x) %}{% for x in [x] %}{{ x }}{% endfor %}{{ x }}{% endmacro %}{{ m(9) }}", "{% macro m() %}a\n{% endmacro %}\n{{ m() }}b",
    "{% macro m() %}{% for x in list %}{% break %}{% endfor %}z{% endmacro %}{{ m() }}", "{% for x in list %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
]

FORMATS = expressions(
    *[f"'[{{:{spec}}}]'.format({value})"
      for value in ("n", "neg", "f", "s", "yes", "1234567.891", "-0.0", "12345678", "1e300", "f * 1e308", "nil", "list", "undefined_name")
      for spec in ("", "8", "<8", ">8", "^8", "=8", "*^9", "08", "+", " ", "-", "+08", ",", "_", "010,", "012,.1f", ".3", ".0f", ".2f",
                   "#.0f", ".3e", ".3g", "#.3g", "g", "G", "e", "E", "F", "%", ".1%", "d", "5d", "x", "#x", "X", "#X", "o", "#o", "b", "#b",
                   "_b", "08b", "c", "s", "n", "10.4s", "q", "1.", "<<5", "}>5", ".10", "+.3", "5.1")],
    "'{} {}'.format(1, 2)", "'{0} {1} {0}'.format(1, 2)", "'{a} {b}'.format(a=1, b=2)", "'{} {1}'.format(1, 2)", "'{1} {}'.format(1, 2)",
    "'{} {}'.format(1)", "'{a}'.format(b=1)", "'{{}} {{{}}}'.format(1)", "'{'.format(1)", "'}'.format(1)", "'{0'.format(1)", "'{a.b}'.format(a={'b': 3})",
    "'{a[b]}'.format(a={'b': 3})", "'{0[1]}'.format(list)", "'{0[9]}'.format(list)", "'{0.x}'.format(n)", "'{!r} {!s} {!a}'.format('é\\n', 'é', 'é🎉')", "'{!x}'.format(1)",
    "'{:{}}'.format(1, 5)", "'{:{w}.{p}f}'.format(2.71828, w=9, p=2)", "'{:{{}}}'.format(1)", "'{}'.format(d)", "'{}'.format(undefined_name)", "'{a}{b}'.format(**{'a': 1, 'b': 2})",
    "'{}-{}'.format(*[1, 2])", "'{a} {b[c]}'.format_map(d)", "'{x}'.format_map({'x': 1})", "'{}'.format_map({})", "'{:>{w}}'.format('é', w=4)",
    *[f"'[{conversion}]' % {value}"
      for value in ("n", "neg", "f", "s", "yes", "nil", "12345.678", "(1, 2)", "'é'", "list", "d", "undefined_name", "()")
      for conversion in ("%s", "%r", "%a", "%d", "%i", "%5d", "%-5d|", "%05d", "%+d", "% d", "%.3d", "%x", "%#x", "%X", "%o", "%#o", "%f",
                         "%.2f", "%8.1f", "%-8.1f|", "%08.1f", "%e", "%.1E", "%g", "%#g", "%G", "%c", "%10s", "%-10s|", "%.2s", "%%", "%q", "%", "%5%")],
    "'%s %s' % (1, 2)", "'%(a)s %(b)r' % {'a': 1, 'b': 'x'}", "'%(a)s' % {'b': 1}", "'%(a)s %s' % {'a': 1}", "'%s' % {'a': 1}", "'plain' % ()", "'plain' % 1", "'plain' % [1]",
    "'%*d' % (5, 3)", "'%-*d|' % (5, 3)", "'%.*f' % (2, 3.14159)", "'%*d' % ('a', 3)", "'%ld' % 3", "'%d%%' % 50", "'%s %s' | format(1, 'b')", "'%(x)s' | format(x=1)",
    "'%s' | format(1, x=2)", "'%.2f' | format(3.14159)", "'%s' | format", "'%05.1f|%x' | format(2.25, 255)", "7 % '3'", "'%s' % 'a' ~ 'b'", "'%d' % 3.99", "'%d' % '3'", "'%c' % 'ab'", "'%c' % 960",
    "1.115 | round(2)", "2.675 | round(2)", "0.5 | round", "1.5 | round", "-0.4 | round", "1250 | round(-2)", "1350 | round(-2)", "-1250 | round(-2)", "1234 | round(-5)", "1e22 | round(2)", "123.456 | round(-1)",
    "5e-324 | round(300)", "1.005 | round(2, 'ceil')", "9007199254740993 | round", "0.1 | round(20)", "999.9999 | round(2)",
    "'a\\tb'.expandtabs()", "'a\\tbc\\td'.expandtabs(4)", "'a\\n\\tb'.expandtabs(tabsize=3)", "'\\t'.expandtabs(0)", "'Hello World'.istitle()", "'Hello world'.istitle()", "'A1b'.istitle()",
    "''.istitle()", "'ab\\n'.isprintable()", "'aé🎉'.isprintable()", "''.isprintable()", "'_a1'.isidentifier()", "'1a'.isidentifier()", "'é'.isidentifier()", "''.isidentifier()",
) + [
    "{% set ns = namespace(_a=1) %}{{ ns._a }}", "{% set ns = namespace() %}{% set ns._a = 1 %}x", "{{ namespace({'_a': 1}) }}",
    "{% generation %}a{% set q = 1 %}{{ n }}{% endgeneration %}{{ q is defined }}", "{% generation %}{% for x in list %}{{ x }}{% endfor %}", "{%- generation -%} a {%- endgeneration -%}\n b",
    "{% for x in list %}{% generation %}{{ x }}{{ loop.index }}{% endgeneration %}{% endfor %}", "{% generation x %}{% endgeneration %}",
]

CLOCK = [
    "{{ strftime_now('" + flag + letter + "') }}"
    for flag in ("%", "%-", "%_", "%0", "%^", "%#", "%5", "%05", "%-5", "%E", "%O")
    for letter in "aAbBcCdDeFgGhHIjklmMprRsSTuUVwWxXyY"
] + [
    "{{ strftime_now('" + text + "') }}"
    for text in ("", "%", "a%", "%-", "%%%", "é %d 🎉", "%%Y", "%^#a", "%-d %B %Y, %H:%M", "%f", "%z|%Z", "%n%t", "%P %#p", "%q", "%^P")
] + ["{{ strftime_now(1) }}", "{{ strftime_now() }}"]

MARKUP = expressions(
    "('<a>' | safe) + html", "html + ('<a>' | safe)", "('<a>' | safe) + ('<b>' | safe)", "('<a>' | safe) ~ html", "('<' | e) + '<'", "('<' | e | e)", "('<' | forceescape | forceescape)",
    "('<a>' | safe) + 1", "1 + ('a' | safe)", "('<a>' | safe) * 2 + '<'", "('<a>' | safe)[0] + '<'", "('<a>' | safe)[:2] + '<'", "('<a>' | safe).upper() + '<'", "('<a>' | safe | upper) + '<'",
    "('<a>' | safe | trim) + '<'", "('<a>' | safe | replace('a', 'b')) + '<'", "('<a>' | safe) == '<a>'", "'a' in ('<a>' | safe)", "('<a>' | safe) is string", "('<a>' | safe) is escaped", "html is escaped",
    "('<a>' | safe) | tojson", "{'<a>': 1}['<a>' | safe]", "('<a>' | safe | default('x')) + '<'", "(undefined_name | default('<a>') | safe) + '<'", "('<a>' | safe) | length", "'<a>' | safe | list",
    "'Use ' | safe + d.a | string + \"<'>\"", "('a' | safe if yes else 'b') + '<'", "('<a>' | safe | string) + '<'", "('' | safe) or 'x'",
) + ["{% set x = '<a>' | safe %}{{ x + '<' }}", "{% macro m(a) %}{{ a + '<' }}{% endmacro %}{{ m('<b>' | safe) }}", "{% macro m() %}<{% endmacro %}{{ m() + ('>' | safe) }}", "{% for c in '<a>' | safe %}[{{ c }}]{% endfor %}"]

KINDS = expressions(
    "{'a b': 1, 'c/d': 'é&= '} | urlencode", "[('a', 1), ('b', none)] | urlencode", "[] | urlencode", "[1] | urlencode", "n | urlencode", "undefined_name | urlencode", "nil | urlencode", "'a/b c' | urlencode",
    "n | indent", "nil | indent", "list | map('string') | indent", "undefined_name | indent", "n | truncate(1)", "(1, 2) | truncate(5)", "(1, 2) | truncate(1, end='', leeway=0)", "undefined_name | truncate", "true | truncate",
    "d.items().copy()", "d.keys().index('a')", "(1, 2).copy()", "(1, 2).index(2)", "range(3).count(1)", "list.copy()", "nested | sort(attribute='name')", "[nil, nil] | sort", "people | sort(attribute='zip')",
    "[1, 'a'] | sort(attribute='x')", "dict.fromkeys(['a', 'b'])", "dict.fromkeys('ab', 1)", "dict.fromkeys([[]])", "dict.fromkeys()", "dict.nope",
) + ["{% filter length %}abc{% endfilter %}", "{% filter list %}abc{% endfilter %}", "{% call range(2) %}{% endcall %}", "{% filter safe %}<{% endfilter %}"]

LAZY = [
    "{% set x = n | map('upper') %}ok", "{% set x = list | map('nope') %}ok", "{% set x = list | select('nope') %}ok", "{% set x = n | items %}ok", "{% set x = n | batch(2) %}ok",
    "{% set x = n | unique %}ok", "{% set x = n | reverse %}ok", "{% set x = n | sort %}ok", "{% set x = n | groupby('a') %}ok", "{% set x = list | map(attribute='a') %}{{ x | list }}",
    "{{ nil | selectattr('a') | list }}", "{{ zero | map('upper') | list }}", "{{ nil | select('nope') | list }}", "{{ nil | reject | list }}", "{{ n | select | list }}", "{{ nil | unique | list }}", "{{ nil | batch(2) | list }}",
    "{{ '' | map('nope') | list }}", "{{ nil | items | list }}", "{% set x = list | map('string') %}{{ x | join }}{{ x | join }}|{{ x is iterable }}", "{% if list | select('odd') %}a{% endif %}",
    "{% if no %}{{ n | nope }}{% endif %}ok", "{% if yes %}{{ n | nope }}{% endif %}ok", "{% if no %}{{ n is nope }}{% endif %}ok", "{% if n | nope %}{% endif %}ok", "{% if no %}{% elif n | nope %}{% endif %}ok",
    "{% if no %}{% else %}{{ n | nope }}{% endif %}ok", "{% if no %}{% for x in list %}{{ x | nope }}{% endfor %}{% endif %}ok", "{% if no %}{% for x in list | nope %}{% endfor %}{% endif %}ok",
    "{% if no %}{% macro m() %}{{ n | nope }}{% endmacro %}{% endif %}ok", "{% if no %}{% set x | nope %}{% endset %}{% endif %}ok", "{% if no %}{% set x = n | nope %}{% endif %}ok", "{% if no %}{% with a = n | nope %}{% endwith %}{% endif %}ok",
    "{% for x in [] %}{{ x | nope }}{% endfor %}ok", "{% for x in list %}{% if no %}{{ x | nope }}{% endif %}{% endfor %}ok", "{{ (n | nope) if no else 1 }}", "{{ 1 if yes else (n | nope) }}", "{{ n if (n | nope) else 1 }}", "{{ (n | nope) if yes else 1 }}",
    "{{ [1 if yes else (n | nope), n | nope] }}", "{{ no and (n | nope) }}", "{% if no %}{% filter nope %}{% endfilter %}{% endif %}ok", "{% if no %}{% call nope() %}{{ n | nope }}{% endcall %}{% endif %}ok", "{% if no %}{% generation %}{{ n | nope }}{% endgeneration %}{% endif %}ok",
    "{{ 'nope' is filter or (n | nope) }}", "{% if 'upper' is filter %}{{ s | upper }}{% endif %}", "{% if yes %}{{ s | upper if 'upper' is filter else s | nope }}{% endif %}",
]

SNIPPETS = (
    PRINTING + OPERATORS + ACCESS + STRING_METHODS + FILTERS + JSON + TESTS + CONTROL + WHITESPACE + MACROS
    + FORMATS + CLOCK + MARKUP + KINDS + LAZY
)
