#!/usr/bin/env python3
"""Time `bora tokenize` on a megabyte of each of many texts, and on none.

usage: bench_tokenizers.py BORA MODEL...

Prints, for every model, the seconds that loading takes (an empty text), and for every text those
beyond loading. The least of three runs counts.
"""
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZE = 1_000_000
RUNS = 3


def texts() -> dict[str, str]:
    rng = random.Random(1)
    words = ["the", "quick", "brown", "fox", "jumps", "over", "1234", "lazy.", "dog,\n", "don't", "(x)"]
    anything = (chr(rng.choice([rng.randrange(0x20, 0x7F), rng.randrange(0xA0, 0xD800),
                                rng.randrange(0xE000, 0x110000)])) for _ in range(SIZE // 3))
    found = {
        "English": " ".join(rng.choice(words) for _ in range(SIZE // 6)),
        "one letter": "a" * SIZE, "capitals": "A" * SIZE, "spaces": " " * SIZE,
        "spaces, then a letter": " " * SIZE + "x", "line breaks": "\n" * SIZE,
        "spaces and line breaks": " \n" * (SIZE // 2), "digits": "1" * SIZE, "quotes": "'" * SIZE,
        "emoji": "\U0001f600" * (SIZE // 4), "Chinese": "\u4f60\u597d" * (SIZE // 6),
        "marks": "e\u0301\u0323" * (SIZE // 5), "marks alone": "\u0301\u0323" * (SIZE // 4),
        "letters": "".join(rng.choice("etaoinshr") for _ in range(SIZE)),
        "almost special": "<|im_" * (SIZE // 5), "random characters": "".join(anything),
        "random bytes": rng.randbytes(SIZE).decode(errors="replace"),
    }
    return {name: text.encode()[:SIZE + 1].decode(errors="ignore") for name, text in found.items()}


def seconds(bora: str, model: str, path: Path) -> float:
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([bora, "tokenize", model, "--file", str(path)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    bora, models = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        for model in models:
            path.write_text("")
            loading = seconds(bora, model, path)
            print(f"{model}: loading {loading:.3f}")
            for name, text in texts().items():
                path.write_bytes(text.encode())
                print(f"  {name:24}{seconds(bora, model, path) - loading:.3f}")


if __name__ == "__main__":
    main()
