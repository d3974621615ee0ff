"""Conversations that reach what chat templates do.

Each case has a name, messages, and maybe tools, documents, further variables (`context`) and
`add_generation_prompt`.
"""

import copy
import json

CONTEXT = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
}

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Today's weather: \"sunny\", 'rain' & <more>",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "City, as in Málaga or 東京"},
                "days": {"type": "integer", "default": 1, "minimum": 1, "maximum": 14},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "nullable": True},
            },
            "required": ["city"],
        },
    },
}

SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Search the web.\n\nSeveral lines of description.",
        "parameters": {
            "type": "object",
            "properties": {
                "query": {"type": ["string", "null"]},
                "filters": {
                    "type": "object",
                    "description": "Narrow it down",
                    "properties": {
                        "site": {"type": "string"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                    },
                },
                "pages": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                "either": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
                "one": {"oneOf": [{"type": "string", "default": "x"}, {"type": "object"}]},
                "score": {"type": "number", "default": 0.5, "maximum": 1e300, "minimum": -1.0},
            },
            "required": ["query", "filters"],
            "additionalProperties": False,
        },
        "return": {"type": "string"},
        "response": {"type": "object"},
        "strict": True,
    },
}

BARE = {"type": "function", "function": {"name": "now", "description": "The time"}}
EMPTY = {
    "type": "function",
    "function": {
        "name": "ping", "description": "", "parameters": {"type": "object", "properties": {}}
    },
}
FLAT = {
    "name": "flat",
    "description": "Not wrapped",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "A city"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
    "parameter_definitions": {"city": {"type": "str", "description": "A city", "required": True}},
}


def system(content):
    return {"role": "system", "content": content}


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **fields):
    return {"role": "assistant", "content": content, **fields}


def call(name, arguments, id=None):
    wrapped = {"type": "function", "function": {"name": name, "arguments": arguments}}
    return {"id": id, **wrapped} if id else wrapped


def result(content, id=None, name=None):
    message = {"role": "tool", "content": content}
    if id:
        message["tool_call_id"] = id
    if name:
        message["name"] = name
    return message


def parts(*texts):
    return [{"type": "text", "text": text} for text in texts]


OBJECT = {"city": "Málaga", "days": 2, "unit": None, "exact": True, "ratio": 0.1, "tags": ["a", "b"]}
TEXT = '{"city": "Málaga", "days": 2}'

DEVELOPER = {"role": "developer", "content": "Follow the rules."}
HI = user("Hi")
HELLO = assistant("Hello! How can I help?")
QUESTION = user("What is the weather in Málaga?")
ANSWER = assistant("It is sunny in Málaga.")

PLAIN = {
    "user": [HI],
    "system": [system("You are helpful."), HI],
    "turns": [HI, HELLO, user("Tell me a tale.")],
    "system and turns": [system("Be brief."), HI, HELLO, user("A tale: 東京 🎉 é e\u0301 ß")],
    "ends with the assistant": [HI, HELLO],
    "long": [system("S")] + [user("One"), assistant("1"), user("Two"), assistant("2")] * 3 + [user("?")],
    "spaces": [system("  padded \n"), user("\n\t Hi \n\n"), assistant("  Hello  "), user(" x ")],
    "empty content": [system(""), user(""), assistant(""), user("")],
    "null content": [HI, assistant(None), user("And?")],
    "null user": [user(None)],
    "missing content": [HI, {"role": "assistant"}, user("And?")],
    "developer": [DEVELOPER, HI],
    "developer and system": [system("Be kind."), DEVELOPER, HI],
    "system in the middle": [HI, HELLO, system("Now in French."), user("Bye")],
    "two systems": [system("One."), system("Two."), HI],
    "two users": [user("One"), user("Two")],
    "two assistants": [HI, assistant("One"), assistant("Two"), user("Three")],
    "assistant first": [assistant("Welcome."), HI],
    "only system": [system("Alone.")],
    "nothing": [],
    "unknown role": [HI, {"role": "critic", "content": "Hm."}, user("So?")],
    "no role": [{"content": "Who am I?"}],
    "named": [{"role": "user", "name": "Ann", "content": "Hi"}, assistant("Hello", name="bot")],
    "special tokens": [user("<s>[INST] </s> <|im_end|> <think>x</think> {{ x }} {% y %}")],
    "code": [user("```python\nprint('a\\n\"b\"')\n```\r\nline\r\n")],
    "controls": [user("a\x07b\x0bc\u2028d\u00a0e\ufefff\x7f")],
    "numbers": [user("12 １２ ½ ²")],
    "flags in text": [system("/no_think Be quick. /system_override"), user("Go /think now /no_think")],
}

PARTS = {
    "text parts": [user(parts("What", " is this?"))],
    "parts everywhere": [system(parts("Be brief.")), user(parts("Hi")), assistant(parts("Hello")), user(parts("Bye", "!"))],
    "image": [user([{"type": "image"}, {"type": "text", "text": "What is this?"}])],
    "image_url": [user([{"type": "image_url", "image_url": {"url": "http://x/y.png"}}, *parts("Well?")])],
    "video and audio": [user([{"type": "video"}, {"type": "audio", "audio": "a.wav"}, *parts("Well?")])],
    "no parts": [user([])],
    "part without type": [user([{"text": "Bare"}])],
    "text of parts is empty": [user(parts("", " "))],
    "string parts": [user(["a", "b"])],
    "tool result in parts": [QUESTION, assistant("", tool_calls=[call("get_weather", OBJECT, "c1")]), result(parts("sunny", "warm"), "c1")],
    "thinking part": [HI, assistant([{"type": "thinking", "thinking": "Hm."}, *parts("Hello")]), user("Bye")],
}

REASONING = {
    "reasoning_content": [HI, assistant("4", reasoning_content="Two and two."), user("And 3 + 3?")],
    "reasoning_content last": [HI, assistant("4", reasoning_content="Two and two.\n")],
    "thinking": [HI, assistant("4", thinking="Two and two."), user("And 3 + 3?")],
    "reasoning": [HI, assistant("4", reasoning="Two and two."), user("And 3 + 3?")],
    "think tags": [HI, assistant("<think>\nTwo and two.\n</think>\n\n4"), user("And 3 + 3?")],
    "think tags last": [HI, assistant("<think>\nTwo and two.\n</think>\n\n4")],
    "think end only": [HI, assistant("Two and two.</think>4"), user("So?")],
    "empty reasoning": [HI, assistant("4", reasoning_content=""), user("So?")],
    "null reasoning": [HI, assistant("4", reasoning_content=None), user("So?")],
    "reasoning and no content": [HI, assistant(None, reasoning_content="Hm."), user("So?")],
    "several thoughts": [HI, assistant("<think>a</think>b<think>c</think>d"), user("So?")],
    "spaced reasoning": [HI, assistant("\n 4 \n", reasoning_content="\n Two. \n"), user("So?"), assistant(" 6 ", reasoning_content=" x ")],
}

TOOLED = {
    "asks": [QUESTION],
    "system asks": [system("Use tools."), QUESTION],
    "calls": [QUESTION, assistant("", tool_calls=[call("get_weather", OBJECT, "call_12345")])],
    "calls with null content": [QUESTION, assistant(None, tool_calls=[call("get_weather", OBJECT)])],
    "calls without content": [QUESTION, {"role": "assistant", "tool_calls": [call("get_weather", OBJECT, "abcdefghi")]}],
    "calls by text": [QUESTION, assistant(None, tool_calls=[call("get_weather", TEXT, "abcdefghi")])],
    "calls with text": [QUESTION, assistant("Let me look.", tool_calls=[call("get_weather", OBJECT, "abcdefghi")])],
    "no arguments": [QUESTION, assistant(None, tool_calls=[call("now", {}, "abcdefghi")]), result("12:00", "abcdefghi")],
    "answered": [
        system("Use tools."),
        QUESTION,
        assistant("", tool_calls=[call("get_weather", OBJECT, "abcdefghi")]),
        result("sunny", "abcdefghi", "get_weather"),
        ANSWER,
        user("And tomorrow?"),
    ],
    "answered by text": [
        QUESTION,
        assistant(None, tool_calls=[call("get_weather", TEXT, "abcdefghi")]),
        result('{"sky": "sunny", "°C": 25.5}', "abcdefghi", "get_weather"),
        ANSWER,
    ],
    "result waits": [QUESTION, assistant("", tool_calls=[call("get_weather", OBJECT, "abcdefghi")]), result("sunny", "abcdefghi")],
    "result is an object": [QUESTION, assistant("", tool_calls=[call("get_weather", OBJECT, "abcdefghi")]), result({"sky": "sunny", "n": [1, 2.0, None]}, "abcdefghi", "get_weather")],
    "result without id": [QUESTION, assistant("", tool_calls=[call("get_weather", OBJECT)]), result("sunny")],
    "parallel": [
        QUESTION,
        assistant("", tool_calls=[call("get_weather", OBJECT, "abcdefgh1"), call("search", {"query": "x", "filters": {"site": "y", "tags": []}}, "abcdefgh2")]),
        result("sunny", "abcdefgh1", "get_weather"),
        result('[{"title": "T"}]', "abcdefgh2", "search"),
        assistant("Both are done."),
        user("Thanks"),
    ],
    "two rounds": [
        QUESTION,
        assistant("", tool_calls=[call("get_weather", OBJECT, "abcdefgh1")]),
        result("rain", "abcdefgh1"),
        assistant("", tool_calls=[call("get_weather", {"city": "東京"}, "abcdefgh2")]),
        result("snow", "abcdefgh2"),
    ],
    "thinks and calls": [
        QUESTION,
        assistant("", reasoning_content="I need the weather.", tool_calls=[call("get_weather", OBJECT, "abcdefghi")]),
        result("sunny", "abcdefghi", "get_weather"),
        assistant("Sunny.", reasoning_content="The tool said so."),
        user("Thanks"),
    ],
    "thinks in old words and calls": [
        QUESTION,
        assistant(None, thinking="I need the weather.", tool_calls=[call("get_weather", OBJECT, "abcdefghi")]),
        result("sunny", "abcdefghi", "get_weather"),
    ],
    "empty calls": [QUESTION, assistant("No.", tool_calls=[]), user("Why?")],
    "null calls": [QUESTION, assistant("No.", tool_calls=None), user("Why?")],
    "bare calls": [QUESTION, assistant("", tool_calls=[{"name": "get_weather", "arguments": OBJECT}])],
    "tool first": [result("sunny", "abcdefghi"), QUESTION],
    "function role": [QUESTION, assistant("", tool_calls=[call("get_weather", OBJECT)]), {"role": "function", "name": "get_weather", "content": "sunny"}],
    "ipython role": [QUESTION, assistant("", tool_calls=[call("get_weather", OBJECT)]), {"role": "ipython", "content": "sunny"}],
    "nested arguments": [QUESTION, assistant(None, tool_calls=[call("search", {"query": "a \"b\" \\ \n<&>'", "filters": {"tags": ["x", "ÿ"], "n": {"m": [[], {}]}}, "f": [1e16, 1.5e-7, -0.0]}, "abcdefghi")])],
}

DOCUMENTS = [
    {"title": "Foxes", "text": "A fox is an animal.", "contents": "A fox is an animal."},
    {"doc_id": 2, "title": "Owls", "text": "Owls fly at night."},
]


def case(name, messages, **fields):
    context = {**CONTEXT, **fields.pop("context", {})}
    return {"name": name, "messages": messages, "context": context, **fields}


def variables(case):
    """What a template sees of a case."""
    return {
        "messages": case["messages"],
        "tools": case.get("tools"),
        "documents": case.get("documents"),
        "add_generation_prompt": case.get("add_generation_prompt", True),
        **case.get("context", {}),
    }


def cases():
    """Every case, named after what it holds."""
    for groups in (PLAIN, PARTS, REASONING):
        for name, messages in groups.items():
            yield case(name, messages)
            yield case(f"{name}, no generation prompt", messages, add_generation_prompt=False)
    toolboxes = {
        "one tool": [WEATHER],
        "three tools": [WEATHER, SEARCH, BARE],
        "flat tool": [FLAT],
        "no tools": None,
    }
    for name, messages in TOOLED.items():
        for box, tools in toolboxes.items():
            fields = {} if tools is None else {"tools": tools}
            yield case(f"{name}, {box}", messages, **fields)
        yield case(f"{name}, no generation prompt", messages, tools=[WEATHER], add_generation_prompt=False)
    for tools in ([], [EMPTY], [FLAT], [SEARCH, EMPTY]):
        yield case(f"tools {[tool.get('name') or tool['function']['name'] for tool in tools]}", [HI], tools=tools)
    for conversation in ([HI], [system("S."), HI, HELLO, user("Why?")], REASONING["reasoning_content"], TOOLED["thinks and calls"]):
        yield from settings(conversation)
    yield {"name": "no context", "messages": copy.deepcopy(PLAIN["system and turns"])}
    yield {"name": "no context, tools", "messages": [QUESTION], "tools": [WEATHER]}


def settings(messages):
    """Variables that some templates read."""
    name = f"{len(messages)} messages"
    for variables in (
        {"enable_thinking": True},
        {"enable_thinking": False},
        {"thinking": True},
        {"thinking": False},
        {"thinking_budget": 512},
        {"reasoning_effort": "high"},
        {"reasoning_effort": "none"},
        {"model_identity": "You are Bora.", "builtin_tools": ["browser", "python"]},
        {"date_string": "1 May 2025", "builtin_tools": ["brave_search", "code_interpreter"]},
        {"tools_in_user_message": False},
        {"preserve_thinking": True, "clear_thinking": False, "truncate_history_thinking": False},
        {"add_vision_id": True, "keep_past_thinking": True},
        {"documents": DOCUMENTS, "citation_mode": "fast", "safety_mode": "strict"},
        {"functions": json.dumps([WEATHER]), "datetime": "2024-07-26"},
        {"custom_tools": [WEATHER], "xml_tools": [SEARCH], "python_tools": ["def f(): pass"]},
    ):
        yield case(f"{name}, {variables}", messages, tools=[WEATHER, SEARCH], context=variables)
        yield case(f"{name}, {variables}, no tools", messages, context=variables)
    yield case(f"{name}, documents", messages, documents=DOCUMENTS)
    yield case(f"{name}, documents and tools", messages, documents=DOCUMENTS, tools=[WEATHER])


CASES = list(cases())
