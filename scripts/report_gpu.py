#!/usr/bin/env python3
"""Correctness and speed of the GPU backend on a real card, as Markdown tables.

    scripts/report_gpu.py               # all of it; --help says how to do less at a time
    scripts/report_gpu.py --software    # the whole way, but tiny and on Mesa's software device

What it needs, and does without where it says so:

- a card with a Vulkan driver, and the Vulkan library;
- Swift and this checkout, or --bora with a binary built elsewhere (`make build STATIC=1`): then the
  conformance suite and the goldens are left out, and the embedded model's tale alone is compared;
- Python with `gguf` and `numpy`, which write the models, or --models with a folder of them; 31 GB;
- `torch` with CUDA and `transformers` to be compared with, which also measure the card: without,
  shares are of what --copy and --peak say, or left out.

`pip install -r scripts/requirements.txt` gets the last two. Nothing else needs a network once
`swift package resolve` has been run.

In this order: what is there; Bora is built; the embedded model tells the same tale on the card as on
the CPU; the conformance suite and the goldens pass on the card; the llama-8b shape is measured in F16,
Q8_0 and Q4_K_M, alternating with `transformers` in float16, and compared with the card's copy
bandwidth and float16 matrix peak, measured in the same run. Nothing is measured where anything
before differs. A table is printed after each pair of runs, so that little is lost if time is short.
On a software device the figures mean nothing, as torch runs on the CPU then: it shows that this
script works.
"""
import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from math import prod
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
TYPES = ["F16", "Q8_0", "Q4_K_M"]
# Those of the Makefile: others would build all of it once more.
BUILD_FLAGS = ["--explicit-target-dependency-import-check", "error"]
SUITES = "BackendConformanceTests GoldenTests"
LAYER = Path("/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json")
STARTED = time.monotonic()


@dataclass(frozen=True)
class Setting:
    shape: str
    model_bytes: float
    prompt: int
    generate: int
    repetitions: int
    torch_device: str
    environment: dict[str, str]


CARD = Setting("llama-8b", 31e9, 512, 128, 3, "cuda", {})
SOFTWARE = Setting("tiny", 1e8, 32, 8, 1, "cpu", {"BORA_ALLOW_SOFTWARE_GPU": "1"})


@dataclass(frozen=True)
class Rates:
    """What the card does: bytes of a copy, and operations of float16 products, per second."""
    card: str
    copy: float | None
    peak: float | None


def say(*words):
    """A line about what is going on, with the seconds so far."""
    print(f"[{time.monotonic() - STARTED:4.0f} s]", *words, file=sys.stderr, flush=True)


def run(setting: Setting, command: list[str], shows=False, **environment: str) -> str:
    """Runs a command to its end and returns what it printed, unless it shows that as it goes."""
    say("$", *command)
    done = subprocess.run(
        command, check=True, cwd=ROOT, stdout=sys.stderr if shows else subprocess.PIPE, text=True,
        env={**os.environ, **setting.environment, **environment})
    return done.stdout


# --- What is there ---


def has_modules(*names: str) -> bool:
    return all(importlib.util.find_spec(name) for name in names)


def has_torch(setting: Setting) -> bool:
    if not has_modules("torch", "transformers"):
        return False
    if setting.torch_device == "cpu":
        return True
    # In a process of its own, which gives the card's memory back.
    probe = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    return subprocess.run([sys.executable, "-c", probe]).returncode == 0


def paths(setting: Setting, folder: Path) -> dict[str, Path]:
    return {kind: folder / f"{setting.shape}-{kind}.gguf" for kind in TYPES}


def obstacle(setting: Setting, options: argparse.Namespace) -> str | None:
    """What is missing and cannot be done without, said before minutes have been spent."""
    if options.bora and not options.bora.is_file():
        return f"{options.bora} is no file"
    if not options.bora and not shutil.which("swift"):
        return "no Swift toolchain; install one, or give a binary built elsewhere with --bora"
    missing = [path for path in paths(setting, options.models).values() if not path.exists()]
    if options.only == "correctness" or not missing:
        return None
    if not has_modules("gguf", "numpy"):
        return (f"{missing[0]} is not there, and Python lacks gguf or numpy to write it; "
                "pip install gguf numpy, or give a folder that has the models with --models")
    free = shutil.disk_usage(next(p for p in [options.models, *options.models.parents]
                                  if p.exists())).free
    if free < setting.model_bytes * len(missing) / len(TYPES):
        return (f"{options.models} has {free / 1e9:.0f} GB free, and the models take up to "
                f"{setting.model_bytes / 1e9:.0f}; give another folder with --models")
    return None


# --- Correctness ---


def check_tale(setting: Setting, bora: Path):
    """The embedded model in exact arithmetic, on the card and on the CPU."""
    tales = [
        run(setting, [
            str(bora), "run", "--raw", "--quiet", "--dtype", "f32", "--greedy", "--max-tokens", "100",
            "--devices", devices, "Once upon a time"])
        for devices in ("gpu0", "cpu")]
    if tales[0] != tales[1]:
        sys.exit(f"The card tells another tale:\n{tales[0]}\nThe CPU's:\n{tales[1]}")
    print("The embedded model tells the same tale on the card as on the CPU.\n", flush=True)


def check_suites(setting: Setting):
    """Conformance and goldens, with the validation layers where they are installed."""
    environment = {"BORA_TESTS": SUITES}
    if LAYER.exists():
        environment["BORA_VULKAN_VALIDATION"] = "1"
    else:
        say("no validation layers here: the suites run without")
    run(setting, ["swift", "test", "-c", "release", *BUILD_FLAGS], shows=True, **environment)
    print(f"{SUITES.replace(' ', ' and ')} pass.\n", flush=True)


# --- Speed ---


def make_models(setting: Setting, folder: Path) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    models = paths(setting, folder)
    for kind, path in models.items():
        if not path.exists():
            # Half a file is none.
            part = path.with_suffix(".part")
            run(setting, [
                sys.executable, "scripts/make_shape.py", setting.shape, kind, str(part)])
            part.rename(path)
    return models


def bench(setting: Setting, bora: Path, model: Path) -> dict[str, float]:
    rows = json.loads(run(setting, [
        str(bora), "bench", str(model), "--devices", "gpu0", "-o", "json",
        "-p", str(setting.prompt), "-n", str(setting.generate), "-r", str(setting.repetitions)]))
    return {row["test"]: row["tokens_per_second"] for row in rows}


def torch(setting: Setting) -> dict:
    return json.loads(run(setting, [
        sys.executable, "scripts/bench_torch.py", "--shape", setting.shape,
        "--prompt", str(setting.prompt), "--generate", str(setting.generate),
        "--repetitions", str(setting.repetitions), "--device", setting.torch_device]))


def rates_of(options: argparse.Namespace, peers: list[dict]) -> Rates:
    """What was measured, or else what the options say."""
    if not peers:
        return Rates("The card, by --copy and --peak", options.copy and options.copy * 1e9,
                     options.peak and options.peak * 1e12)
    return Rates(
        peers[0]["card"], median(peer["copy_bytes_per_second"] for peer in peers),
        median(peer["matrix_operations_per_second"] for peer in peers))


@dataclass(frozen=True)
class Work:
    """What a token takes: bytes that generation reads, operations of a prompt's products."""
    bytes: int
    operations: int


def work_of(setting: Setting, bora: Path, model: Path) -> Work:
    tensors = json.loads(run(setting, [str(bora), "inspect", str(model), "--json"]))["tensors"]
    # A token reads every tensor, but one row of an embedding table that is no head too; of a
    # prompt's tokens the last alone meets the head.
    has_head = any(t["name"] == "output.weight" for t in tensors)
    return Work(
        bytes=sum(
            t["bytes"] for t in tensors if not has_head or t["name"] != "token_embd.weight"),
        operations=2 * sum(prod(t["shape"]) for t in tensors if t["name"].startswith("blk.")))


def share(part: float, whole: float | None) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def report(setting: Setting, work: dict[str, Work], speeds: dict, peers: list[dict], rates: Rates):
    """A table of the medians so far."""
    known = [f"copy {rates.copy / 1e9:.0f} GB/s"] if rates.copy else []
    known += [f"float16 products {rates.peak / 1e12:.3g} TFLOP/s"] if rates.peak else []
    print(f"{rates.card}: {', '.join(known) or 'not measured'}\n")
    tests = f"pp{setting.prompt}", f"tg{setting.generate}"
    lines = []
    for kind, own in speeds.items():
        prompt, generate = (median(own[test]) for test in tests)
        ratios = [
            f"{speed / median(peer[key] for peer in peers):.2f}" if peers else "–"
            for speed, key in ((prompt, "prompt"), (generate, "generation"))]
        lines.append([
            kind, f"{prompt:.0f}", share(work[kind].operations * prompt, rates.peak), ratios[0],
            f"{generate:.1f}", share(work[kind].bytes * generate, rates.copy), ratios[1]])
    header = [setting.shape, f"{tests[0]}, t/s", "of matrix peak", "of transformers F16",
              f"{tests[1]}, t/s", "of copy bandwidth", "of transformers F16"]
    for line in [header, ["---"] * len(header), *lines]:
        print("|", " | ".join(line), "|")
    print(flush=True)


def measure(setting: Setting, options: argparse.Namespace, bora: Path):
    """Speeds of Bora and of torch, pair by pair."""
    models = make_models(setting, options.models)
    work = {kind: work_of(setting, bora, model) for kind, model in models.items()}
    compares = has_torch(setting)
    if not compares:
        say("torch with CUDA and transformers are not here: nothing to compare with, and shares "
            "are of --copy and --peak")
    speeds: dict[str, dict[str, list[float]]] = {kind: {} for kind in models}
    peers = []
    for number in range(options.pairs):
        for kind, model in models.items():
            for test, speed in bench(setting, bora, model).items():
                speeds[kind].setdefault(test, []).append(speed)
        if compares:
            peers.append(torch(setting))
        print(f"After {number + 1} of {options.pairs}:\n")
        report(setting, work, speeds, peers, rates_of(options, peers))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", choices=["correctness", "speed"], help="half of it at a time")
    parser.add_argument("--models", type=Path, default=Path("/tmp/bora-shapes"))
    parser.add_argument("--bora", type=Path, help="a binary built elsewhere")
    parser.add_argument("--copy", type=float, metavar="GB/S", help="where torch is missing")
    parser.add_argument("--peak", type=float, metavar="TFLOP/S", help="where torch is missing")
    parser.add_argument("--software", action="store_true", help="on Mesa's device, a tiny shape")
    options = parser.parse_args()
    setting = SOFTWARE if options.software else CARD
    if problem := obstacle(setting, options):
        sys.exit(f"report_gpu: {problem}")
    if not options.bora:
        run(setting, ["make", "build"], shows=True)
    bora = (options.bora or ROOT / ".build/release/bora").resolve()
    devices = run(setting, [str(bora), "devices", "--verbose"])
    print(devices, flush=True)
    if "gpu[0]" not in devices:
        sys.exit("report_gpu: Bora sees no GPU that it may use; what it says is above")
    if options.only != "speed":
        check_tale(setting, bora)
        if options.bora:
            say("without Swift's build here, the suites are left out")
        else:
            check_suites(setting)
    if options.only != "correctness":
        measure(setting, options, bora)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"report_gpu: failed ({error.returncode}), see above: {' '.join(error.cmd)}")
