#!/usr/bin/env python3
"""Render templates with Jinja as `transformers` sets it up, for BoraChatTemplatesTests.

    pip install jinja2==3.1.6
    scripts/make_template_goldens.py

Writes Tests/BoraChatTemplatesTests/Resources/goldens.json: for every template its output, or that
Jinja raised, over contexts that the file holds as well.
"""

import copy
import json
import os
import pathlib
import time
from datetime import datetime, timezone

from template_environment import environment
from template_snippets import CONTEXT, SNIPPETS
from template_conversations import CONVERSATIONS, TEMPLATES

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "Tests/BoraChatTemplatesTests/Resources/goldens.json"
# Of a time zone for `timestamp` below, and of none for templates, as `datetime.now()` is.
NOW = datetime(2024, 7, 26, 15, 4, 9, 8125, tzinfo=timezone.utc)


def render(source, context):
    try:
        template = environment(lambda: NOW.replace(tzinfo=None)).from_string(source)
        # Filters may change what they are given: `indent` adds to lists.
        return template.render(**copy.deepcopy(context))
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
    # `%s` asks the system for its time zone.
    os.environ["TZ"] = "UTC"
    time.tzset()
    snippets = [{"source": source, "text": render(source, CONTEXT)} for source in SNIPPETS]
    rendered = [
        {"template": template, "conversation": index, "text": render(source, context)}
        for template, source in TEMPLATES.items()
        for index, context in enumerate(CONVERSATIONS)
    ]
    goldens = {
        "now": int(NOW.timestamp()),
        "microseconds": NOW.microsecond,
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
