#!/usr/bin/env python3
"""Render templates with Jinja as `transformers` sets it up, for BoraChatTemplatesTests.

    pip install jinja2==3.1.6
    scripts/make_template_goldens.py

Writes Tests/BoraChatTemplatesTests/Resources/goldens.json: for every template its output, or that
Jinja raised, over contexts that the file holds as well.
"""

import json
import pathlib
from datetime import datetime, timezone

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from template_snippets import CONTEXT, SNIPPETS
from template_conversations import CONVERSATIONS, TEMPLATES

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "Tests/BoraChatTemplatesTests/Resources/goldens.json"
NOW = datetime(2024, 7, 26, 15, 4, 9, tzinfo=timezone.utc)


def environment():
    """`transformers.utils.chat_template_utils._compile_jinja_template`, with a clock that stands."""

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(
            x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
        )

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = NOW.strftime
    return environment


def render(source, context):
    try:
        return environment().from_string(source).render(**context)
    except Exception:  # whatever Python raises, the template has failed
        return None


def tagged(value):
    """The value so that readers of JSON keep the order of keys and tell 1.0 from 1."""
    match value:
        case dict():
            return {"pairs": [[key, tagged(inner)] for key, inner in value.items()]}
        case list():
            return [tagged(inner) for inner in value]
        case float():
            return {"float": repr(value)}
        case _:
            return value


def main():
    snippets = [{"source": source, "text": render(source, CONTEXT)} for source in SNIPPETS]
    rendered = [
        {"template": template, "conversation": index, "text": render(source, context)}
        for template, source in TEMPLATES.items()
        for index, context in enumerate(CONVERSATIONS)
    ]
    goldens = {
        "now": int(NOW.timestamp()),
        "context": tagged(CONTEXT),
        "snippets": snippets,
        "templates": TEMPLATES,
        "conversations": [tagged(context) for context in CONVERSATIONS],
        "rendered": rendered,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(goldens, ensure_ascii=False, separators=(",", ":")) + "\n")
    failures = sum(snippet["text"] is None for snippet in snippets)
    print(f"{len(snippets)} snippets ({failures} fail), {len(rendered)} conversations")


if __name__ == "__main__":
    main()
