"""Tests of report_gpu.py on stand-ins for what it runs."""
import argparse
import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import report_gpu  # noqa: E402

TENSORS = {"tensors": [
    {"name": "token_embd.weight", "shape": [100, 10], "bytes": 2000},
    {"name": "blk.0.attn_q.weight", "shape": [10, 10], "bytes": 200},
    {"name": "blk.0.ffn_up.weight", "shape": [40, 10], "bytes": 800},
]}
HEAD = {"name": "output.weight", "shape": [100, 10], "bytes": 2000}
PEER = {"card": "A card", "copy_bytes_per_second": 1e6, "matrix_operations_per_second": 1e6,
        "prompt": 500.0, "generation": 50.0}
SPEEDS = {"F16": {"pp512": [400.0, 390.0, 410.0], "tg128": [100.0]}}


def options(**changes) -> argparse.Namespace:
    return argparse.Namespace(**{
        "pairs": 1, "only": None, "models": Path("/none"), "bora": None, "copy": None, "peak": None,
        **changes})


class Report(unittest.TestCase):
    def lines(self, tensors: dict, peers: list[dict], **changes) -> list[str]:
        """What is reported of a prompt at 400 and generation at 100 tokens per second."""
        printed = io.StringIO()
        with mock.patch.object(report_gpu, "run", return_value=json.dumps(tensors)), \
                contextlib.redirect_stdout(printed):
            work = report_gpu.work_of(report_gpu.CARD, Path("bora"), Path("f16.gguf"))
            report_gpu.report(
                report_gpu.CARD, {"F16": work}, SPEEDS, peers,
                report_gpu.rates_of(options(**changes), peers))
        return printed.getvalue().splitlines()

    def test_shares_are_of_what_the_card_does(self):
        lines = self.lines(TENSORS, [PEER])
        self.assertEqual(lines[0], "A card: copy 0 GB/s, float16 products 1e-06 TFLOP/s")
        # 1,000 operations per token of a prompt, and 3,000 bytes per token, a tied head's included.
        self.assertEqual(lines[-2], "| F16 | 400 | 40% | 0.80 | 100.0 | 30% | 2.00 |")

    def test_an_embedding_table_that_is_no_head_is_not_read(self):
        lines = self.lines({"tensors": TENSORS["tensors"] + [HEAD]}, [PEER])
        self.assertEqual(lines[-2], "| F16 | 400 | 40% | 0.80 | 100.0 | 30% | 2.00 |")

    def test_without_torch_shares_are_of_what_is_said(self):
        lines = self.lines(TENSORS, [], copy=1e-3, peak=1e-6)
        self.assertEqual(lines[-2], "| F16 | 400 | 40% | – | 100.0 | 30% | – |")
        lines = self.lines(TENSORS, [])
        self.assertEqual(lines[0], "The card, by --copy and --peak: not measured")
        self.assertEqual(lines[-2], "| F16 | 400 | – | – | 100.0 | – | – |")


class Steps(unittest.TestCase):
    def commands(self, has_torch: bool) -> list[list[str]]:
        """Those of measuring one pair."""
        commands = []

        def run(setting, command, **environment):
            commands.append(command)
            if "inspect" in command:
                return json.dumps(TENSORS)
            if "bench" in command:
                return ('[{"test": "pp32", "tokens_per_second": 7},'
                        ' {"test": "tg8", "tokens_per_second": 5}]')
            if "scripts/make_shape.py" in command:
                Path(command[-1]).touch()
                return ""
            return json.dumps(PEER)

        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(report_gpu, "run", run), \
                mock.patch.object(report_gpu, "has_torch", return_value=has_torch), \
                contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            report_gpu.measure(
                report_gpu.SOFTWARE, options(models=Path(folder)), Path("bora"))
            self.assertEqual(
                {path.name for path in Path(folder).iterdir()},
                {"tiny-F16.gguf", "tiny-Q8_0.gguf", "tiny-Q4_K_M.gguf"})
        return commands

    def test_a_setting_reaches_both_programs(self):
        commands = self.commands(has_torch=True)
        bora = next(command for command in commands if "bench" in command)
        self.assertEqual(bora[bora.index("-p") + 1], "32")
        torch = commands[-1]
        self.assertEqual(torch[torch.index("--prompt") + 1], "32")
        self.assertEqual(torch[torch.index("--device") + 1], "cpu")

    def test_without_torch_bora_is_measured_alone(self):
        commands = self.commands(has_torch=False)
        self.assertFalse(any("scripts/bench_torch.py" in command for command in commands))
        self.assertEqual(sum("bench" in command for command in commands), 3)

    def test_another_tale_ends_it(self):
        tales = iter(["a fox", "a king"])
        with mock.patch.object(report_gpu, "run", lambda *_: next(tales)), \
                self.assertRaisesRegex(SystemExit, "(?s)a fox.*a king"):
            report_gpu.check_tale(report_gpu.CARD, Path("bora"))


class Obstacles(unittest.TestCase):
    def obstacle(self, modules=True, swift="swift", free=1e12, **changes) -> str | None:
        with mock.patch.object(report_gpu, "has_modules", return_value=modules), \
                mock.patch("shutil.which", return_value=swift), \
                mock.patch("shutil.disk_usage", return_value=mock.Mock(free=free)):
            return report_gpu.obstacle(report_gpu.CARD, options(**changes))

    def test_what_is_missing_is_said_first(self):
        self.assertIsNone(self.obstacle())
        self.assertIn("--bora", self.obstacle(swift=None))
        self.assertIsNone(self.obstacle(swift=None, bora=Path(__file__)))
        self.assertIn("no file", self.obstacle(bora=Path("/none")))
        self.assertIn("gguf", self.obstacle(modules=False))
        self.assertIn("20 GB free", self.obstacle(free=2e10))
        self.assertIsNone(self.obstacle(modules=False, only="correctness"))


if __name__ == "__main__":
    unittest.main()
