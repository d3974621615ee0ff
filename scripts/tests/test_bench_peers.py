"""Tests of bench_peers.py on stand-ins for the engines: `python3 -m unittest discover scripts/tests`."""
import doctest
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

from peers import cells, ratios, report  # noqa: E402
from peers.cells import Cell, Run  # noqa: E402
from peers.contention import Contention  # noqa: E402
from peers.engines import IkLlamaCpp, LlamaCpp, OpenVINO, Place, Unavailable  # noqa: E402
from peers.results import Results  # noqa: E402

ALONE, TOGETHER, DEEP = cells.WORKS
BORA = '[{"test": "pp512", "tokens_per_second": 200, "limit_share": 0.5},' \
    ' {"test": "tg128", "tokens_per_second": 30, "limit_share": 0.9}]'
BENCH = '[{"n_prompt": 512, "n_gen": 0, "avg_ts": 100}, {"n_prompt": 0, "n_gen": 128, "avg_ts": 20}]'
BATCHED = """
main: n_kv_max = 1024

|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
|     1 |     64 |    8 |    520 |    0.100 |    80.00 |   10.000 |    51.20 |   10.100 |    51.49 |
"""
SWEEP = """
{"n_kv": 0, "speed_pp": 110.0, "speed_tg": 22.0 }
{"n_kv": 8192, "speed_pp": 90.0, "speed_tg": 11.0 }
"""


class Folder(unittest.TestCase):
    """With a temporary folder of stand-ins that print what they are told to."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.place = Place(self.folder / "models", threads=2)

    def program(self, name: str, text: str, status: int = 0, stream: int = 1):
        """A program that prints to a stream and keeps its arguments in NAME.arguments."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"#!/bin/sh\necho \"$@\" >> {path}.arguments\ncat >&{stream} <<'END'\n{text}\nEND\n"
            f"exit {status}\n")
        path.chmod(0o755)

    def arguments(self, name: str) -> list[str]:
        return (self.folder / f"{name}.arguments").read_text().splitlines()


class RatioTests(unittest.TestCase):
    def test_examples(self):
        self.assertEqual(doctest.testmod(ratios).failed, 0)

    def test_few_values_give_their_range(self):
        self.assertEqual(ratios.median_interval([1.5]), (1.5, 1.5, 1.5, 0.0))
        self.assertEqual(ratios.median_interval([4, 1, 2, 3]), (2.5, 1, 4, 0.875))

    def test_order_statistics(self):
        """Ranks and coverages as tables of the sign test have them."""
        for count, rank in [(6, 1), (9, 2), (15, 4), (20, 6), (25, 8)]:
            interval = ratios.median_interval(range(1, count + 1))
            self.assertEqual((interval.low, interval.high), (rank, count + 1 - rank))
            self.assertGreaterEqual(interval.coverage, 0.95)
            self.assertLess(ratios.coverage(count, rank + 1), 0.95)


class ResultTests(Folder):
    cell = Cell("llama-1b", "Q8_0", ALONE)

    def round(self, bora: float, **peers: float) -> dict[str, Run]:
        runs = {"Bora": Run({"prompt": bora}, {"prompt": 400.0})}
        return runs | {name: Run({"prompt": speed}, {}) for name, speed in peers.items()}

    def test_rounds_outlive_the_program(self):
        Results(self.folder, self.cell).add(self.round(200, OpenVINO=160))
        Results(self.folder, self.cell).add(self.round(220))
        found = Results(self.folder, self.cell)
        self.assertEqual(len(found.rounds), 2)
        self.assertEqual(found.speeds("prompt", "Bora"), [200, 220])
        self.assertEqual(found.pairs("prompt", "Bora", "OpenVINO"), [(200, 160)])
        self.assertEqual(found.shares("prompt", "OpenVINO"), [0.4])
        self.assertEqual(found.speeds("generation", "Bora"), [])

    def test_the_best_peer_is_the_fastest_with_the_same_file(self):
        results = Results(self.folder, self.cell)
        for bora in (200, 220, 240):
            results.add(self.round(bora, **{"llama.cpp": 50, "mistral.rs": 100, "OpenVINO": 400}))
        [row] = report.rows(self.cell, results)
        self.assertEqual(row.best, "mistral.rs")
        self.assertEqual(row.ratio, (2.2, 2.0, 2.4, 0.75))
        self.assertEqual(row.openvino.median, 0.55)
        self.assertIn("| 220.0 (55%) | 50.0 (12%) | – | **100.0 (25%)** | 400.0 (100%) |",
                      report.table([row]))


class EngineTests(Folder):
    def test_llama_cpp(self):
        self.program("llama-bench", BENCH)
        self.program("llama-batched-bench", BATCHED)
        engine = LlamaCpp(self.folder)
        for work in (ALONE, DEEP):
            run = engine.measure(Cell("llama-1b", "Q8_0", work), self.place)
            self.assertEqual(run.speeds, {"prompt": 100, "generation": 20})
        together = engine.measure(Cell("llama-1b", "Q8_0", TOGETHER), self.place)
        self.assertEqual(together.speeds, {"generation": 51.2})
        alone, deep = self.arguments("llama-bench")
        self.assertIn("llama-1b-Q8_0.gguf -t 2 -p 512 -n 128 -r 1", alone)
        self.assertIn("-d 8192", deep)

    def test_ik_llama_cpp(self):
        self.program("llama-sweep-bench", SWEEP, stream=2)
        self.program("llama-batched-bench", BATCHED, stream=2)
        self.program("llama-bench", BENCH)
        engine = IkLlamaCpp(self.folder)
        deep = engine.measure(Cell("llama-1b", "Q8_0", DEEP), self.place)
        self.assertEqual(deep.speeds, {"prompt": 90, "generation": 11})
        together = engine.measure(Cell("llama-1b", "Q8_0", TOGETHER), self.place)
        self.assertEqual(together.speeds, {"generation": 51.2})
        engine.measure(Cell("llama-1b", "Q8_0", ALONE), self.place)
        self.assertIn("-rtr 1", self.arguments("llama-bench")[0])
        self.assertIn("-c 8704 -ub 512 -n 128 --sweep-stride 16",
                      self.arguments("llama-sweep-bench")[0])

    def test_failures_say_why(self):
        self.program("llama-bench", "no such model", status=3)
        with self.assertRaisesRegex(Unavailable, "status 3: no such model"):
            LlamaCpp(self.folder).measure(Cell("llama-1b", "Q8_0", ALONE), self.place)
        for text in ("[{}]", "out of memory", ""):
            self.program("llama-bench", text)
            with self.assertRaisesRegex(Unavailable, "not understood"):
                LlamaCpp(self.folder).measure(Cell("llama-1b", "Q8_0", ALONE), self.place)

    def test_every_format_has_a_nearest_one(self):
        self.assertEqual(set(OpenVINO.nearest), set(cells.FORMATS))


class ContentionTests(unittest.TestCase):
    def test_own_work_is_not_others(self):
        # Time, what all processes computed, and what this one and its children did, in seconds.
        counts = [(10.0, 100.0, 5.0), (12.0, 103.0, 7.0)]
        with mock.patch.object(Contention, "now", side_effect=counts):
            self.assertEqual(Contention().cores(), 0.5)

    def test_counts_grow(self):
        first, then = Contention.now(), Contention.now()
        self.assertTrue(all(after >= before for before, after in zip(first, then)))


class CommandTests(Folder):
    def bench(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, SCRIPTS / "bench_peers.py", "--folder", self.folder, "--no-install",
             "--bora", self.folder / "bora", "--shapes", "llama-1b", "--formats", "Q8_0",
             "--works", "alone", "--others", "1000", *arguments], capture_output=True, text=True)

    def test_engines_take_turns_and_rounds_are_kept(self):
        self.program("bora", BORA)
        self.program("llama/llama-bench", BENCH)
        self.place.models.mkdir()
        self.place.gguf(Cell("llama-1b", "Q8_0", ALONE)).touch()
        peer = ("--use", f"llama.cpp={self.folder / 'llama'}")
        first = self.bench("--pairs", "1", *peer)
        self.assertIn("OpenVINO is left out: it is not installed", first.stderr)
        second = self.bench("--pairs", "2", "--json", *peer)
        # The second round began with the other engine.
        self.assertEqual(
            [line.split(":")[0].strip() for line in second.stderr.splitlines()[-2:]],
            ["llama.cpp", "Bora"])
        prompt, generation = json.loads(second.stdout)
        self.assertEqual(prompt["pairs"], 2)
        self.assertEqual(prompt["ratio"]["median"], 2)
        self.assertEqual(generation["limit_share"]["llama.cpp"], 0.6)
        self.assertEqual(len(self.arguments("bora")), 2)
        self.assertEqual(self.bench("--pairs", "3", "--minutes", "0", *peer).returncode, 0)
        table = self.bench("--pairs", "0")
        self.assertIn("| llama-1b Q8_0 | tg128 | 30.0 (90%) | **20.0 (60%)** |", table.stdout)
        self.assertEqual(len(self.arguments("bora")), 2)

    def test_an_engine_that_fails_leaves_a_gap(self):
        self.program("bora", BORA)
        self.program("llama/llama-bench", "out of memory", status=1)
        self.place.models.mkdir()
        self.place.gguf(Cell("llama-1b", "Q8_0", ALONE)).touch()
        run = self.bench("--pairs", "1", "--use", f"llama.cpp={self.folder / 'llama'}")
        self.assertEqual(run.returncode, 0)
        self.assertIn("llama.cpp: llama-bench ended with status 1: out of memory", run.stderr)
        self.assertIn("| 200.0 (50%) | – | – | – | – | – | – | 1 |", run.stdout)

    def test_disturbed_rounds_do_not_count(self):
        self.program("bora", BORA)
        self.place.models.mkdir()
        self.place.gguf(Cell("llama-1b", "Q8_0", ALONE)).touch()
        run = self.bench("--pairs", "1", "--others", "-1")
        self.assertEqual(run.stderr.count("the round does not count"), 3)
        self.assertFalse((self.folder / "results").exists())

    def test_nothing_is_measured_without_bora(self):
        self.place.models.mkdir()
        self.place.gguf(Cell("llama-1b", "Q8_0", ALONE)).touch()
        run = self.bench("--pairs", "1")
        self.assertEqual(run.returncode, 1)
        self.assertIn("bench_peers: ", run.stderr)
        self.assertFalse((self.folder / "results").exists())


if __name__ == "__main__":
    unittest.main()
