"""How each engine is run: one process for each piece of work, which prints what it measured."""
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .cells import Cell, Run, Work

# Seconds after which a run counts as hung.
LONGEST_RUN = 1800
WORKERS = Path(__file__).resolve().parent


class Unavailable(Exception):
    """An engine is not to be had, cannot do this work, or failed at it; the text says why."""


@dataclass
class Place:
    """What runs share."""

    # Of the models: SHAPE-FORMAT.gguf, and openvino/SHAPE-FORMAT.
    models: Path
    threads: int

    def gguf(self, cell: Cell) -> Path:
        return self.models / f"{cell.shape}-{cell.format}.gguf"


def output(command: list, with_log: bool = False, **environment: str) -> str:
    """What a program prints, with its log where a program prints results there, or `Unavailable`
    with the last of what it complained about."""
    try:
        process = subprocess.run(
            [str(word) for word in command], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_log else subprocess.PIPE, text=True,
            errors="replace", env=os.environ | environment, timeout=LONGEST_RUN)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if process.returncode != 0:
        log = (process.stderr or "").strip() or process.stdout.strip()
        raise Unavailable(
            f"{Path(command[0]).name} ended with status {process.returncode}: "
            + " / ".join(log.splitlines()[-3:]))
    return process.stdout


def bench_arguments(work: Work) -> list:
    """As `llama-bench` and `bora bench` both take them."""
    return ["-p", work.prompt, "-n", work.generation, "-r", 1, "-o", "json"]


class Engine:
    """One that can be measured; `location` is its program, folder of programs or environment."""

    name: str

    def __init__(self, location: Path):
        self.location = location

    def prepare(self, cell: Cell, place: Place):
        """Makes what takes long and does not belong to a measurement."""

    def measure(self, cell: Cell, place: Place) -> Run:
        """One run. Raises `Unavailable` where it fails or prints what nobody expected."""
        try:
            return self.speeds(cell, place)
        except (ValueError, LookupError) as error:
            raise Unavailable(f"what it prints is not understood: {error}") from error

    def speeds(self, cell: Cell, place: Place) -> Run:
        """One run, read with no care for what else may be printed."""
        raise NotImplementedError

    @property
    def python(self) -> Path:
        """Of an engine that lives in a virtual environment."""
        return self.location / "bin" / "python"


class Bora(Engine):
    name = "Bora"

    def speeds(self, cell: Cell, place: Place) -> Run:
        work = cell.work
        rows = json.loads(output([
            self.location, "bench", "-m", place.gguf(cell), *bench_arguments(work),
            "-d", work.depth, "-b", work.sequences, "-t", place.threads, "--cpu"]))
        run = Run({}, {})
        for row in rows:
            test = "prompt" if row["test"].startswith("pp") else "generation"
            run.speeds[test] = row["tokens_per_second"]
            run.limits[test] = row["tokens_per_second"] / row["limit_share"]
        return run


class LlamaCpp(Engine):
    name = "llama.cpp"
    # What else `llama-batched-bench` and `llama-bench` are given.
    batch_options: list = []
    bench_options: list = []

    def speeds(self, cell: Cell, place: Place) -> Run:
        common = ["-m", place.gguf(cell), "-t", place.threads]
        if cell.work.sequences > 1:
            return self.together(cell.work, common)
        if cell.work.depth:
            return self.deep(cell.work, common)
        return self.bench(cell.work, [*common, *self.bench_options])

    def bench(self, work: Work, options: list) -> Run:
        rows = json.loads(
            output([self.location / "llama-bench", *options, *bench_arguments(work)]))
        return Run(
            {"prompt" if row["n_prompt"] else "generation": row["avg_ts"] for row in rows}, {})

    def deep(self, work: Work, common: list) -> Run:
        return self.bench(work, [*common, *self.bench_options, "-d", work.depth])

    def together(self, work: Work, common: list) -> Run:
        """`llama-batched-bench`, whose table has the speed of all sequences in `S_TG t/s`."""
        context = work.sequences * (work.generation + 64)
        text = output([
            self.location / "llama-batched-bench", *common, *self.batch_options, "-c", context,
            "-npp", 1, "-ntg", work.generation, "-npl", work.sequences], with_log=True)
        lines = [
            [field.strip() for field in line.strip().strip("|").split("|")]
            for line in text.splitlines() if line.startswith("|")]
        return Run({"generation": float(lines[-1][lines[0].index("S_TG t/s")])}, {})


class IkLlamaCpp(LlamaCpp):
    """With weights repacked as they are loaded, which is its fastest."""

    name = "ik_llama.cpp"
    batch_options = ["-rtr"]
    bench_options = ["-rtr", 1]

    def deep(self, work: Work, common: list) -> Run:
        """`llama-sweep-bench` goes through a context in steps of a prompt and measures at every
        so many steps: at 0 and at the depth."""
        text = output([
            self.location / "llama-sweep-bench", *common, *self.batch_options,
            "-c", work.depth + work.prompt, "-ub", work.prompt, "-n", work.generation,
            "--sweep-stride", work.depth // work.prompt, "--output-format", "jsonl"],
            with_log=True)
        rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        [row] = [row for row in rows if row["n_kv"] == work.depth]
        return Run({"prompt": row["speed_pp"], "generation": row["speed_tg"]}, {})


class MistralRs(Engine):
    name = "mistral.rs"

    def speeds(self, cell: Cell, place: Place) -> Run:
        work = cell.work
        if work.depth:
            raise Unavailable("it cannot begin at a depth")
        text = output(
            [self.python, WORKERS / "mistral_worker.py", place.gguf(cell), work.prompt,
             work.generation, work.sequences],
            RAYON_NUM_THREADS=str(place.threads))
        return Run(json.loads(text.splitlines()[-1]), {})


class OpenVINO(Engine):
    name = "OpenVINO"
    # The nearest it has to a format, and the arithmetic, which rounds weights of 16 bits to bf16
    # where the processor has such products and nothing else is asked for.
    nearest = {
        "Q8_0": ("int8", "auto"), "Q6_K": ("int8", "auto"), "Q4_K_M": ("int4", "auto"),
        "Q4_0": ("int4", "auto"), "BF16": ("fp16", "auto"), "F16": ("fp16", "f32")}

    def folder(self, cell: Cell, place: Place) -> Path:
        return place.models / "openvino" / f"{cell.shape}-{self.nearest[cell.format][0]}"

    def prepare(self, cell: Cell, place: Place):
        folder = self.folder(cell, place)
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            output([
                self.python, WORKERS / "openvino_model.py", place.gguf(cell),
                self.nearest[cell.format][0], folder])

    def speeds(self, cell: Cell, place: Place) -> Run:
        work = cell.work
        text = output([
            self.python, WORKERS / "openvino_worker.py", self.folder(cell, place), work.prompt,
            work.generation, work.depth, work.sequences, place.threads,
            self.nearest[cell.format][1]])
        return Run(json.loads(text.splitlines()[-1]), {})


PEERS = {peer.name: peer for peer in (LlamaCpp, IkLlamaCpp, MistralRs, OpenVINO)}
