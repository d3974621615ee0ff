#!/usr/bin/env python3
"""Measure Bora beside llama.cpp, ik_llama.cpp, mistral.rs and OpenVINO, all on the CPU.

Models have real shapes and random weights; peers and models are made in one folder where they are
not there yet. A machine's speed drifts, so the engines take turns: a round is one run of each on
the same model, in an order that rotates, and what counts is the median of the rounds' ratios. Its
confidence interval (two order statistics, 95 %) assumes nothing about how speeds are distributed.
The share in parentheses is of the limit that Bora measures in the same round: arithmetic for
prompts, reading memory for generation. The peer that the ratio is to is in bold.

A round during which other processes take more than a tenth of a core is made again, twice at most:
engines that wait for their threads by spinning lose more by it than others.

Each round is kept in a file as soon as it is complete: after an interruption the same command goes
on, and with --pairs 0 it prints the table of what there is.

usage: make bench-peers          or scripts/bench_peers.py --shapes llama-1b --formats Q8_0
"""
import argparse
import json
import os
import platform
import signal
import sys
import time
from pathlib import Path

from peers import cells, report
from peers.cells import Cell
from peers.contention import Contention
from peers.engines import PEERS, Bora, Engine, Place, Unavailable, output
from peers.install import Workshop
from peers.results import Results

REPOSITORY = Path(__file__).resolve().parent.parent
ATTEMPTS = 3
VOCABULARIES = {"llama-1b": "llama-bpe", "qwen3-0.6b": "qwen2"}


def say(text: str):
    print(text, file=sys.stderr, flush=True)


def place_of_peer(text: str) -> tuple[str, Path]:
    """What `--use PEER=DIR` says."""
    name, _, folder = text.partition("=")
    if name not in PEERS or not Path(folder).exists() or not folder:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not PEER=DIR: PEER is one of {', '.join(PEERS)}, and DIR is there")
    return name, Path(folder)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    works = [work.name for work in cells.WORKS]
    parser.add_argument("--pairs", type=int, default=9, help="rounds of each cell (default: 9)")
    parser.add_argument("--shapes", nargs="+", choices=cells.SHAPES, default=cells.SHAPES)
    parser.add_argument("--formats", nargs="+", choices=cells.FORMATS, default=cells.FORMATS)
    parser.add_argument(
        "--works", nargs="+", choices=works, default=works,
        help="alone: a prompt of 512, 128 generated; together: 8 sequences generate 64 each; deep: "
        "a prompt and generation after 8192 tokens (default: all)")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument(
        "--use", action="append", default=[], metavar="PEER=DIR", type=place_of_peer,
        help="a peer that is there already: the folder of llama.cpp's or ik_llama.cpp's programs, "
        "the virtual environment of mistral.rs or OpenVINO; may be repeated")
    parser.add_argument(
        "--no-install", action="store_true", help="leave out what is not there")
    parser.add_argument(
        "--bora", type=Path, default=REPOSITORY / ".build" / "release" / "bora")
    parser.add_argument(
        "--folder", type=Path, default=REPOSITORY / ".build" / "peers",
        help="where peers, models and results go (default: .build/peers)")
    parser.add_argument(
        "--models", type=Path, help="where the models are (default: models in the folder)")
    parser.add_argument(
        "--results", type=Path, help="where the results are (default: results in the folder)")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"),
        help="begin no round after so long; the same command goes on later (default: to the end)")
    parser.add_argument(
        "--others", type=float, default=0.1, metavar="CORES",
        help="what other processes may take during a round (default: 0.1)")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


def engines(options: argparse.Namespace, workshop: Workshop) -> list[Engine]:
    """Bora and the peers that are to be had."""
    found: list[Engine] = [Bora(options.bora)]
    places = dict(options.use)
    for name in options.peers:
        try:
            found.append(
                PEERS[name](places[name]) if name in places else workshop.engine(name))
        except Unavailable as reason:
            say(f"{name} is left out: {reason}")
    return found


def make_model(cell: Cell, place: Place, workshop: Workshop):
    """The GGUF file of a cell, with the vocabulary that some engines ask for."""
    path = place.gguf(cell)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    vocabulary = (
        workshop.llama_cpp_source() / "models" / f"ggml-vocab-{VOCABULARIES[cell.shape]}.gguf")
    draft = path.with_suffix(".part")
    output([
        workshop.tools() / "python", REPOSITORY / "scripts" / "make_shape.py", cell.shape,
        cell.format, draft, "--vocabulary", vocabulary])
    os.replace(draft, path)


def measure_round(
    cell: Cell, number: int, fleet: list[Engine], place: Place, others: float,
) -> dict | None:
    """One run of each engine that can do the work; none where other processes disturbed one. Raises
    `Unavailable` where Bora cannot."""
    first = number % len(fleet)
    runs = {}
    for engine in fleet[first:] + fleet[:first]:
        contention = Contention()
        try:
            runs[engine.name] = engine.measure(cell, place)
        except Unavailable as reason:
            if engine.name == Bora.name:
                raise
            say(f"  {engine.name}: {reason}")
        else:
            speeds = ", ".join(
                f"{cell.work.label(test)} {speed:.1f}"
                for test, speed in runs[engine.name].speeds.items())
            say(f"  {engine.name}: {speeds}")
        if (taken := contention.cores()) > others:
            say(f"  other processes took {taken:.2f} cores; the round does not count")
            return None
    return runs


def measure(chosen: dict[Cell, Results], options: argparse.Namespace):
    """Rounds of all cells, the first of each before the second of any."""
    workshop = Workshop(options.folder, installs=not options.no_install)
    place = Place(options.models or options.folder / "models", options.threads)
    fleet = engines(options, workshop)
    end = time.monotonic() + 60 * options.minutes
    for number in range(options.pairs):
        for cell, results in chosen.items():
            if len(results.rounds) > number:
                continue
            if time.monotonic() > end:
                return
            say(f"{cell.name}: round {number + 1} of {options.pairs}")
            make_model(cell, place, workshop)
            able = []
            for engine in fleet:
                try:
                    engine.prepare(cell, place)
                    able.append(engine)
                except Unavailable as reason:
                    say(f"  {engine.name}: {reason}")
            rounds = (
                measure_round(cell, number, able, place, options.others)
                for _ in range(ATTEMPTS))
            if runs := next(filter(None, rounds), None):
                results.add(runs)


def main():
    # So that what runs ends with this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    folder = options.results or options.folder / "results" / platform.node()
    chosen = {
        cell: Results(folder, cell)
        for shape in options.shapes for kind in options.formats for work in cells.WORKS
        if work.name in options.works for cell in [Cell(shape, kind, work)]}
    if any(len(results.rounds) < options.pairs for results in chosen.values()):
        try:
            measure(chosen, options)
        except Unavailable as reason:
            sys.exit(f"bench_peers: {reason}")
    found = [row for cell, results in chosen.items() for row in report.rows(cell, results)]
    print(json.dumps(report.document(found)) if options.json else report.table(found))


if __name__ == "__main__":
    main()
