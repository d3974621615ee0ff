"""Chat templates in the styles of their families, and conversations, for make_template_goldens.py."""

from conversations import CASES, variables

CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content']"
    " + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

TALE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    " | trim + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

LLAMA_3 = """\
{% for message in messages %}
{% set header = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' %}
{% set turn = header + message['content'] | trim + '<|eot_id|>' %}
{% if loop.index0 == 0 %}{% set turn = bos_token + turn %}{% endif %}
{{- turn -}}
{% endfor %}
{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}
"""

LLAMA_3_TOOLS = """\
{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{#- The first system message goes to the front. #}
{%- if messages and messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{%- if tools is not none %}
    {{- "You may call these functions:\\n\\n" }}
    {%- for tool in tools %}
        {{- tool | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
        {%- if message.content is string %}
            {{- message['content'] | trim }}
        {%- else %}
            {%- for part in message.content %}
                {%- if part.type == 'image' %}
                    {{- '<|image|>' }}
                {%- elif part.type == 'text' %}
                    {{- part.text | trim }}
                {%- endif %}
            {%- endfor %}
        {%- endif %}
        {{- '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls | length == 1 %}
            {{- raise_exception("This model makes one tool call at a time") }}
        {%- endif %}
        {%- set call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
        {{- '{"name": "' + call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable and message.content is not string %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

ALTERNATING = """\
{{ bos_token }}
{%- for message in messages if message.role != 'system' -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception('Roles must alternate: user, assistant, user, …') }}
    {%- endif -%}
    {%- if message['role'] == 'user' -%}
        {{ '[INST] ' + (message['content'] if message['content'] is string else '') | trim + ' [/INST]' }}
    {%- else -%}
        {{ ' ' + (message['content'] or '') | trim + eos_token }}
    {%- endif -%}
{%- endfor -%}
"""

THINKING = """\
{%- macro content_of(message) %}
    {%- if message.content is string %}{{- message.content }}
    {%- elif message.content %}{%- for part in message.content %}{{- part.text | default('') }}{%- endfor %}
    {%- endif %}
{%- endmacro %}
{%- set ns = namespace(last_user=-1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages | length - 1) - loop.index0 %}
    {%- if ns.last_user == -1 and message.role == "user" %}{%- set ns.last_user = index %}{%- endif %}
{%- endfor %}
{%- if tools %}
    {{- '<|im_start|>system\\n# Tools\\n\\n<tools>' }}
    {%- for tool in tools %}{{- '\\n' ~ (tool | tojson) }}{%- endfor %}
    {{- '\\n</tools><|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- set content = content_of(message) %}
    {%- if message.role == 'assistant' %}
        {%- set reasoning = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>assistant\\n' }}
        {%- if loop.index0 > ns.last_user and reasoning %}
            {{- '<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' }}
        {%- endif %}
        {{- content }}
        {%- for call in message.tool_calls or [] %}
            {{- '\\n<tool_call>\\n' ~ {'name': call.function.name, 'arguments': call.function.arguments} | tojson ~ '\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {%- if loop.first or loop.previtem.role != 'tool' %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\\n<tool_response>\\n' ~ content ~ '\\n</tool_response>' }}
        {%- if loop.last or loop.nextitem.role != 'tool' %}{{- '<|im_end|>\\n' }}{%- endif %}
    {%- else %}
        {{- '<|im_start|>' ~ message.role ~ '\\n' ~ content ~ '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}
"""

TYPES = """\
{%- macro type_of(schema) -%}
    {%- if schema.enum is defined -%}
        {%- for value in schema.enum %}{{ '"' ~ value ~ '"' }}{{ " | " if not loop.last }}{% endfor -%}
    {%- elif schema.type == "object" -%}
        {{- "{" }}
        {%- for name, inner in (schema.properties or {}) | dictsort %}
            {{- name ~ ("?" if name not in (schema.required | default([])) else "") ~ ": " ~ type_of(inner) }}
            {%- if not loop.last %}{{ ", " }}{% endif %}
        {%- endfor %}
        {{- "}" }}
    {%- elif schema.type == "array" -%}
        {{- type_of(schema["items"] | default({})) ~ "[]" }}
    {%- elif schema.type is sequence and schema.type is not string -%}
        {{- schema.type | map("upper") | join(" or ") }}
    {%- else -%}
        {{- {"integer": "number", none: "any"}.get(schema.type, schema.type | default("any", true)) }}
    {%- endif -%}
{%- endmacro -%}
{%- macro section(title, level=2) %}
{{ "#" * level }} {{ title }}
{{ caller(level + 1) if caller else "" }}
{%- endmacro -%}
{%- call(level) section("Tools", level=1) -%}
    {%- for tool in tools or [] -%}
        {%- set f = tool.function or tool -%}
        {%- if f.description %}
// {{ f.description | replace("\\n", "\\n// ") }}
{% endif -%}
type {{ f.name }} = {{ type_of(f.parameters | default({})) }}; // {{ level }}
    {%- else -%}
        none
    {%- endfor -%}
{%- endcall -%}
{% set total %}{{ messages | length }} of {{ messages | map(attribute="role") | unique | list }}{% endset %}
{%- filter indent(2, first=true) %}
{{ total | trim }}
last: {{ (messages | last).role if messages }}
{% endfilter -%}
{%- for role, group in messages | groupby("role") %}
{{ "%-9s|%3d|" | format(role, group | length) }} {{ group | map(attribute="content", default="-") | reject("none") | map("string") | join("; ") | truncate(40) }}
{%- endfor %}
"""

PARSED = """\
{%- set ns = namespace(calls=0, open=false) -%}
{{- bos_token ~ ("Today " ~ (date_string | default(strftime_now("%d %B %Y"))) | safe) }}
{%- for message in messages if message.content or message.tool_calls %}
    {%- if message.role in ("tool", "function") and loop.changed(message.role) %}{% set ns.open = true %}[results{% endif %}
    {%- if message.role == "assistant" and message.tool_calls is iterable %}
        {%- for call in message.tool_calls %}
            {%- set arguments = call.function.arguments if call.function else call.arguments %}
            {%- if arguments is string %}{% set arguments = arguments | from_json %}{% endif %}
            {{- "\\n{}. {name}(".format(ns.calls + 1, **(call.function or call)) }}
            {%- for key, value in arguments.items() if value is not none %}
                {{- key }}={{ value | tojson(separators=(",", ":"), ensure_ascii=true) }}{{ ", " if not loop.last }}
            {%- endfor %})
            {%- set ns.calls = ns.calls + 1 %}
        {%- endfor %}
    {%- else %}
        {{- "\\n" ~ loop.cycle("a", "b") ~ loop.index ~ "/" ~ loop.revindex0 ~ " " ~ message.role ~ ": " }}
        {%- if message.content is string %}{{ message.content.strip() or "(blank)" }}
        {%- else %}{{ message.content | selectattr("text", "defined") | map(attribute="text") | join("\\n") }}{% endif %}
        {%- generation %}{{ eos_token if message.role == "assistant" }}{% endgeneration %}
    {%- endif %}
    {%- if ns.open and (loop.nextitem is not defined or loop.nextitem.role != message.role) %}]{% set ns.open = false %}{% endif %}
{%- else %}{{ raise_exception("There is nothing to say") }}
{%- endfor %}
{%- if tools %}{{ "Use '" | safe + (tools[0].function or tools[0]).description + "'" }}{% endif %}
"""

TEMPLATES = {
    "chatml": CHATML,
    "tale": TALE,
    "llama 3": LLAMA_3,
    "llama 3 with tools": LLAMA_3_TOOLS,
    "alternating": ALTERNATING,
    "thinking": THINKING,
    "types": TYPES,
    "parsed": PARSED,
}

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Today's weather in a city: \"sunny\", 'rain' & <more>",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 1}},
            "required": ["city"],
        },
    },
}


def conversation(*messages, **variables):
    return {
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<|eot_id|>",
        "tools": None,
        "add_generation_prompt": True,
        "messages": [
            message if isinstance(message, dict) else {"role": message[0], "content": message[1]}
            for message in messages
        ],
        **variables,
    }


CALL = {"function": {"name": "weather", "arguments": {"city": "Málaga", "days": 2}}}

CONVERSATIONS = [variables(case) for case in CASES[::12]] + [
    conversation(("user", "Hello")),
    conversation(("user", "  Spaces around \n"), add_generation_prompt=False),
    conversation(("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello!"), ("user", "Tell a tale: 東京 🎉")),
    conversation(("system", "Be brief.\n"), ("user", "A"), ("user", "B")),
    conversation(("assistant", "First")),
    conversation(),
    conversation(("user", "Weather?"), tools=[WEATHER], date_string="1 May 2025"),
    conversation(
        ("system", "Use tools."),
        ("user", "Weather?"),
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "sunny"},
        tools=[WEATHER],
    ),
    conversation(
        ("user", "Weather?"),
        {"role": "assistant", "content": "", "tool_calls": [CALL, CALL]},
        {"role": "tool", "content": "sunny"},
        {"role": "tool", "content": "rain"},
        tools=[WEATHER, WEATHER],
    ),
    conversation(
        ("user", "2 + 2?"),
        ("assistant", "<think>\nTwo and two.\n</think>\n\n4"),
        ("user", "And 3 + 3?"),
        ("assistant", "<think>\nThree and three.\n</think>\n\n6"),
        add_generation_prompt=False,
    ),
    conversation(("user", "Quick"), enable_thinking=False),
    conversation(
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": " What is this? "}]},
        ("assistant", "A cat."),
    ),
]
