#!/usr/bin/env python3
"""Correctness and speed of the GPU backend on a real card, as Markdown tables.

Needs a card with a Vulkan driver, a Swift toolchain and this checkout; for torch's columns also
CUDA. In an environment with `pip install -r scripts/requirements.txt`:

    scripts/report_gpu.py [--pairs 5] [--models FOLDER]
    scripts/report_gpu.py --software    # the whole way, but tiny and on Mesa's software device

First the conformance suite and the goldens run on the card, and nothing is measured where they do
not pass. Then the llama-8b shape is measured in F16, Q8_0 and Q4_K_M, alternating with
`transformers` in float16 on the same card, and compared with the card's own copy bandwidth and
float16 matrix peak, measured in the same run. On a software device the figures mean nothing, as
torch runs on the CPU then: it shows that this script works.
"""
import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
BORA = ROOT / ".build/release/bora"
TYPES = ["F16", "Q8_0", "Q4_K_M"]
# Those of the Makefile: others would build all of it once more.
BUILD_FLAGS = ["--explicit-target-dependency-import-check", "error"]
SUITES = "BoraVulkanTests BackendConformanceTests GoldenTests"


@dataclass(frozen=True)
class Setting:
    shape: str
    prompt: int
    generate: int
    repetitions: int
    torch_device: str
    environment: dict[str, str]


CARD = Setting("llama-8b", 512, 128, 3, "cuda", {})
SOFTWARE = Setting("tiny", 32, 8, 1, "cpu", {"BORA_ALLOW_SOFTWARE_GPU": "1"})


def run(setting: Setting, command: list[str], **environment: str) -> str:
    """Runs a command to its end and returns what it printed."""
    print("$", *command, file=sys.stderr, flush=True)
    done = subprocess.run(
        command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **setting.environment, **environment})
    return done.stdout


def bora(setting: Setting, model: Path) -> dict[str, float]:
    command = [
        str(BORA), "bench", str(model), "--devices", "gpu0", "-o", "json",
        "-p", str(setting.prompt), "-n", str(setting.generate), "-r", str(setting.repetitions)]
    rows = json.loads(run(setting, command))
    return {row["test"]: row["tokens_per_second"] for row in rows}


def torch(setting: Setting) -> dict:
    return json.loads(run(setting, [
        sys.executable, "scripts/bench_torch.py", "--shape", setting.shape,
        "--prompt", str(setting.prompt), "--generate", str(setting.generate),
        "--repetitions", str(setting.repetitions), "--device", setting.torch_device]))


def table(header: list[str], lines: list[list[str]]):
    print("|", " | ".join(header), "|")
    print("|", " | ".join("---" for _ in header), "|")
    for line in lines:
        print("|", " | ".join(line), "|")
    print()


def measure(
        setting: Setting, models: dict[str, Path], pairs: int) -> tuple[dict, list[dict]]:
    """Speeds of Bora by type and test, and what torch measured, pair by pair."""
    speeds: dict[str, dict[str, list[float]]] = {kind: {} for kind in models}
    peers = []
    for number in range(pairs):
        for kind, model in models.items():
            for test, speed in bora(setting, model).items():
                speeds[kind].setdefault(test, []).append(speed)
        peers.append(torch(setting))
        print(f"pair {number + 1} of {pairs}", file=sys.stderr)
    return speeds, peers


def report(setting: Setting, models: dict[str, Path], speeds: dict, peers: list[dict]):
    peer = {key: median(peer[key] for peer in peers) for key in peers[0] if key != "card"}
    copy, peak = peer["copy_bytes_per_second"], peer["matrix_operations_per_second"]
    print(f"{peers[0]['card']}: copy {copy / 1e9:.0f} GB/s, "
          f"float16 products {peak / 1e12:.3g} TFLOP/s\n")
    tests = f"pp{setting.prompt}", f"tg{setting.generate}"
    lines = []
    for kind, own in speeds.items():
        tensors = json.loads(
            run(setting, [str(BORA), "inspect", str(models[kind]), "--json"]))["tensors"]
        # A token reads every tensor, but one row of an embedding table that is no head too; of a
        # prompt's tokens the last alone meets the head.
        has_head = any(t["name"] == "output.weight" for t in tensors)
        read = sum(
            t["bytes"] for t in tensors if not has_head or t["name"] != "token_embd.weight")
        multiplied = sum(prod(t["shape"]) for t in tensors if t["name"].startswith("blk."))
        prompt, generate = (median(own[test]) for test in tests)
        lines.append([
            kind, f"{prompt:.0f}", f"{2 * multiplied * prompt / peak:.0%}",
            f"{prompt / peer['prompt']:.2f}", f"{generate:.1f}", f"{read * generate / copy:.0%}",
            f"{generate / peer['generation']:.2f}"])
    table([setting.shape, f"{tests[0]}, t/s", "of matrix peak", "of transformers F16",
           f"{tests[1]}, t/s", "of copy bandwidth", "of transformers F16"], lines)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--models", type=Path, default=Path("/tmp/bora-shapes"))
    parser.add_argument("--software", action="store_true", help="on Mesa's device, a tiny shape")
    options = parser.parse_args()
    setting = SOFTWARE if options.software else CARD
    run(setting, ["make", "build"])
    print(run(setting, [str(BORA), "devices", "--verbose"]))
    run(setting, ["scripts/setup.sh", "tests"])
    run(setting, ["swift", "test", "-c", "release", *BUILD_FLAGS],
        BORA_TESTS=SUITES, BORA_VULKAN_VALIDATION="1")
    options.models.mkdir(parents=True, exist_ok=True)
    models = {kind: options.models / f"{setting.shape}-{kind}.gguf" for kind in TYPES}
    for kind, path in models.items():
        if not path.exists():
            run(setting, [
                sys.executable, "scripts/make_shape.py", setting.shape, kind, str(path)])
    report(setting, models, *measure(setting, models, options.pairs))


if __name__ == "__main__":
    main()
