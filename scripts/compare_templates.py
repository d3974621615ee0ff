#!/usr/bin/env python3
"""Compare `bora render` with Jinja on chat templates over many conversations.

    pip install jinja2==3.1.6
    scripts/compare_templates.py FOLDER…

Takes every *.jinja file in the folders. For each template and conversation the texts are equal to
the byte, or both fail, or they differ, which is printed; the exit code is 1 when any differ.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from conversations import CASES, variables
from template_environment import environment

ROOT = pathlib.Path(__file__).resolve().parent.parent


def compiled(source):
    """The template, or what Python raised."""
    try:
        return environment().from_string(source), None
    except Exception as error:  # whatever Python raises, the template has failed
        return None, f"{type(error).__name__}: {error}"


def expected(template, case):
    """The bytes, or what Python raised."""
    try:
        return template.render(**variables(case)).encode(), None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def actual(bora, path, files, case):
    """The bytes, or the error."""
    command = [bora, "render", "--template", path, "--messages", files["messages"]]
    if "context" in files:
        command += ["--context", files["context"]]
    if not case.get("add_generation_prompt", True):
        command.append("--no-generation-prompt")
    run = subprocess.run(command, capture_output=True, timeout=60)
    return (run.stdout, None) if run.returncode == 0 else (None, run.stderr.decode().strip())


def write_cases(folder):
    """The files that hold each case."""
    files = []
    for index, case in enumerate(CASES):
        documents = {
            "messages": {key: case[key] for key in ("messages", "tools", "documents") if key in case}
        }
        if "context" in case:
            documents["context"] = case["context"]
        paths = {}
        for name, document in documents.items():
            path = folder / f"{index}-{name}.json"
            path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
            paths[name] = str(path)
        files.append(paths)
    return files


def compare(bora, path, files):
    """The counts of one template, and what differs."""
    template, compile_error = compiled(path.read_text(encoding="utf-8"))
    counts = {"equal": 0, "both fail": 0, "differ": 0}
    differences = []
    for case, paths in zip(CASES, files):
        want, want_error = expected(template, case) if template else (None, compile_error)
        have, error = actual(bora, str(path), paths, case)
        if template and want != have:
            # The clock may have struck between the two.
            want, want_error = expected(template, case)
        outcome = "differ" if want != have else "both fail" if want is None else "equal"
        counts[outcome] += 1
        if outcome == "differ":
            differences.append(difference(path, case, want, want_error, have, error))
    return counts, differences


def difference(path, case, want, want_error, have, error):
    lines = [f"{path.name}, {case['name']}:"]
    if want is None or have is None:
        lines.append(f"  jinja2: {want_error or 'a text'}")
        lines.append(f"  bora:   {error or 'a text'}")
    else:
        common = len(os.path.commonprefix([want, have]))
        for name, text in (("jinja2", want), ("bora", have)):
            lines.append(f"  {name:7} byte {common}: {text[max(common - 30, 0):common + 50]!r}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--bora", default=str(ROOT / ".build/release/bora"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()

    paths = sorted(path for folder in arguments.folders for path in folder.rglob("*.jinja"))
    totals = {"equal": 0, "both fail": 0, "differ": 0}
    with tempfile.TemporaryDirectory() as folder:
        files = write_cases(pathlib.Path(folder))
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            results = pool.map(lambda path: compare(arguments.bora, path, files), paths)
            for path, (counts, differences) in zip(paths, results):
                for difference in differences:
                    print(difference, flush=True)
                for outcome, count in counts.items():
                    totals[outcome] += count
                if not counts["equal"]:
                    print(f"{path.name}: jinja2 fails in every case")
    print(
        f"{len(paths)} templates, {len(CASES)} conversations: "
        + ", ".join(f"{count} {outcome}" for outcome, count in totals.items())
    )
    sys.exit(totals["differ"] > 0)


if __name__ == "__main__":
    main()
