#!/usr/bin/env python3
"""Correctness and speed of the GPU backend on a real card, as Markdown tables.

Needs a card with a Vulkan driver, a Swift toolchain and this checkout; for the rows of torch also
CUDA. In an environment with `pip install -r scripts/requirements.txt`:

    scripts/report_gpu.py [--pairs 5] [--models FOLDER]

First the conformance suite and the goldens run on the card, and nothing is measured where they do
not pass. Then the llama-8b shape is measured in F16, Q8_0 and Q4_K_M, alternating with
`transformers` in float16 on the same card, and compared with the card's own copy bandwidth and
float16 matrix peak, measured in the same run.
"""
import argparse
import json
import os
import subprocess
import sys
from math import prod
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
BORA = ROOT / ".build/release/bora"
TYPES = ["F16", "Q8_0", "Q4_K_M"]
SUITES = "BoraVulkanTests BackendConformanceTests GoldenTests"


def check(command: list[str], **environment: str):
    print("$", *command, file=sys.stderr)
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **environment})


def rows(command: list[str]) -> object:
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def bora(model: Path) -> dict[str, float]:
    command = [str(BORA), "bench", str(model), "--devices", "gpu0", "-r", "3", "-o", "json"]
    return {row["test"]: row["tokens_per_second"] for row in rows(command)}


def table(header: list[str], lines: list[list[str]]):
    print("|", " | ".join(header), "|")
    print("|", " | ".join("---" for _ in header), "|")
    for line in lines:
        print("|", " | ".join(line), "|")
    print()


def measure(models: dict[str, Path], pairs: int) -> tuple[dict, list[dict]]:
    """Speeds of Bora by type and test, and what torch measured, pair by pair."""
    speeds: dict[str, dict[str, list[float]]] = {kind: {} for kind in models}
    peers = []
    for number in range(pairs):
        for kind, model in models.items():
            for test, speed in bora(model).items():
                speeds[kind].setdefault(test, []).append(speed)
        peers.append(rows([sys.executable, "scripts/bench_torch.py", "--repetitions", "3"]))
        print(f"pair {number + 1} of {pairs}", file=sys.stderr)
    return speeds, peers


def report(models: dict[str, Path], speeds: dict, peers: list[dict]):
    middle = {
        key: median(peer[key] for peer in peers) for key in peers[0] if key != "card"}
    print(f"{peers[0]['card']}: copy {middle['copy_bytes_per_second'] / 1e9:.0f} GB/s, "
          f"float16 products {middle['matrix_operations_per_second'] / 1e12:.0f} TFLOP/s\n")
    lines = []
    for kind, tests in speeds.items():
        tensors = rows([str(BORA), "inspect", str(models[kind]), "--json"])["tensors"]
        # A token reads every tensor but the embedding table; a prompt's tokens, the head neither.
        read = sum(t["bytes"] for t in tensors if t["name"] != "token_embd.weight")
        multiplied = sum(prod(t["shape"]) for t in tensors if t["name"].startswith("blk."))
        prompt, generate = (median(tests[test]) for test in ("pp512", "tg128"))
        lines.append([
            kind, f"{prompt:.0f}",
            f"{2 * multiplied * prompt / middle['matrix_operations_per_second']:.0%}",
            f"{prompt / middle['pp512']:.2f}", f"{generate:.1f}",
            f"{read * generate / middle['copy_bytes_per_second']:.0%}",
            f"{generate / middle['tg128']:.2f}"])
    table(["llama-8b", "pp512, t/s", "of matrix peak", "of transformers F16", "tg128, t/s",
           "of copy bandwidth", "of transformers F16"], lines)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--models", type=Path, default=Path("/tmp/bora-shapes"))
    options = parser.parse_args()
    check(["make", "build"])
    check([str(BORA), "devices", "--verbose"])
    check(["scripts/setup.sh", "tests"])
    check(["swift", "test", "-c", "release"], BORA_TESTS=SUITES, BORA_VULKAN_VALIDATION="1")
    options.models.mkdir(parents=True, exist_ok=True)
    models = {kind: options.models / f"llama-8b-{kind}.gguf" for kind in TYPES}
    for kind, path in models.items():
        if not path.exists():
            check([sys.executable, "scripts/make_shape.py", "llama-8b", kind, str(path)])
    report(models, *measure(models, options.pairs))


if __name__ == "__main__":
    main()
