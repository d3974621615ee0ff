#!/usr/bin/env python3
"""Write Sources/BoraTokenizers/Normalization/Decompositions.swift: which characters Unicode decomposes, and into
what, from Python's `unicodedata`. Hangul, which is computed, is left out.

The table is text: for each character, in order, `+` and how far it is from the one before (left
out where it is the next), `=` where the decomposition is a canonical one or `~` where it is for
compatibility, and the code points with `.` between; all numbers in base 36.
"""
import unicodedata
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "Sources/BoraTokenizers/Normalization/Decompositions.swift"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
WIDTH = 90


def base36(value: int) -> str:
    text = ""
    while True:
        text = DIGITS[value % 36] + text
        value //= 36
        if value == 0:
            return text


def main() -> None:
    entries = []
    last = -1
    for point in range(0x110000):
        parts = unicodedata.decomposition(chr(point)).split()
        if not parts:
            continue
        mark = "~" if parts[0].startswith("<") else "="
        targets = ".".join(base36(int(part, 16)) for part in parts if part[0] != "<")
        step = "" if point == last + 1 else "+" + base36(point - last - 1)
        entries.append(step + mark + targets)
        last = point
    text = "".join(entries)
    lines = [text[i:i + WIDTH] for i in range(0, len(text), WIDTH)]
    OUTPUT.write_text(
        "/// Unicode's decompositions, written by `scripts/make_decompositions.py`, which says how,\n"
        f"/// from Unicode {unicodedata.unidata_version}.\n"
        "enum Decompositions {\n"
        '    static let table = """\n'
        + "\\\n".join(f"        {line}" for line in lines)
        + '\n        """\n}\n')


if __name__ == "__main__":
    main()
