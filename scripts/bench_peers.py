#!/usr/bin/env python3
"""Measure `bora bench` beside llama.cpp's llama-bench, alternating, on the same GGUF files.

A shared machine's speed drifts, so each pair is two runs one after the other (which goes first
alternates too) and what counts is the median of the pairs' ratios.

usage: bench_peers.py --bora .build/release/bora --llama-bench BUILD/bin/llama-bench MODEL.gguf…
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median


def run(command: list[str]) -> list[dict]:
    """The JSON rows that a benchmark prints."""
    process = subprocess.run(command, capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with status {process.returncode}:\n{process.stderr}")
    return json.loads(process.stdout)


def bora_speeds(command: list[str]) -> dict[str, float]:
    """Tokens per second by test, `pp512` or `tg128`, of `bora bench`."""
    return {row["test"]: row["tokens_per_second"] for row in run(command)}


def llama_speeds(command: list[str]) -> dict[str, float]:
    """The same of llama-bench."""
    rows = run(command)
    return {
        f"pp{row['n_prompt']}" if row["n_prompt"] else f"tg{row['n_gen']}": row["avg_ts"]
        for row in rows
    }


def measure(model: Path, options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """Pairs (Bora, llama.cpp) of tokens per second, by test."""
    arguments = [
        "-m", str(model), "-p", str(options.prompt), "-n", str(options.generate),
        "-t", str(options.threads), "-r", "1", "-o", "json"]
    pairs: dict[str, list[tuple[float, float]]] = {}
    for number in range(options.pairs):
        runs = {
            "bora": lambda: bora_speeds([options.bora, "bench", *arguments]),
            "llama": lambda: llama_speeds([options.llama_bench, *arguments]),
        }
        order = ["bora", "llama"] if number % 2 == 0 else ["llama", "bora"]
        speeds = {name: runs[name]() for name in order}
        for test, bora in speeds["bora"].items():
            pairs.setdefault(test, []).append((bora, speeds["llama"][test]))
        print(f"{model.name}: pair {number + 1} of {options.pairs}", file=sys.stderr)
    return pairs


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bora", required=True, help="the program `bora`")
    parser.add_argument("--llama-bench", required=True, help="llama.cpp's llama-bench")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("-p", "--prompt", type=int, default=512, help="tokens of the prompt")
    parser.add_argument("-n", "--generate", type=int, default=128, help="tokens to generate")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL.gguf")
    options = parser.parse_args()

    print("Tokens per second, medians; the ratio is Bora over llama.cpp, the median of pairs.\n")
    print("| model | test | Bora | llama.cpp | ratio | ratio of each pair |")
    print("| --- | --- | --- | --- | --- | --- |")
    for model in options.models:
        for test, pairs in measure(model, options).items():
            ratios = [bora / llama for bora, llama in pairs]
            bora, llama = (median(side) for side in zip(*pairs))
            each = " ".join(f"{ratio:.2f}" for ratio in ratios)
            print(f"| {model.stem} | {test} | {bora:.1f} | {llama:.1f} | {median(ratios):.2f} "
                  f"| {each} |", flush=True)


if __name__ == "__main__":
    main()
