"""Tests of report_gpu.py on stand-ins for what it runs."""
import contextlib
import io
import json
import sys
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


class Report(unittest.TestCase):
    def lines(self, tensors: dict) -> list[str]:
        """What is reported of a prompt at 400 and generation at 100 tokens per second."""
        speeds = {"F16": {"pp512": [400.0, 390.0, 410.0], "tg128": [100.0]}}
        printed = io.StringIO()
        with mock.patch.object(report_gpu, "run", return_value=json.dumps(tensors)), \
                contextlib.redirect_stdout(printed):
            report_gpu.report(report_gpu.CARD, {"F16": Path("f16.gguf")}, speeds, [PEER])
        return printed.getvalue().splitlines()

    def test_shares_are_of_what_the_card_does(self):
        lines = self.lines(TENSORS)
        self.assertEqual(lines[0], "A card: copy 0 GB/s, float16 products 1e-06 TFLOP/s")
        # 1,000 operations per token of a prompt, and 3,000 bytes per token, a tied head's included.
        self.assertEqual(lines[-2], "| F16 | 400 | 40% | 0.80 | 100.0 | 30% | 2.00 |")

    def test_an_embedding_table_that_is_no_head_is_not_read(self):
        lines = self.lines({"tensors": TENSORS["tensors"] + [HEAD]})
        self.assertEqual(lines[-2], "| F16 | 400 | 40% | 0.80 | 100.0 | 30% | 2.00 |")

    def test_a_setting_reaches_both_programs(self):
        commands = []

        def run(setting, command, **environment):
            commands.append(command)
            if command[0] == str(report_gpu.BORA):
                return '[{"test": "pp32", "tokens_per_second": 7}]'
            return json.dumps(PEER)

        with mock.patch.object(report_gpu, "run", run):
            speeds, peers = report_gpu.measure(
                report_gpu.SOFTWARE, {"Q8_0": Path("tiny.gguf")}, pairs=2)
        self.assertEqual(speeds, {"Q8_0": {"pp32": [7, 7]}})
        self.assertEqual(len(peers), 2)
        bora, torch = commands[:2]
        self.assertEqual(bora[bora.index("-p") + 1], "32")
        self.assertEqual(torch[torch.index("--prompt") + 1], "32")
        self.assertEqual(torch[torch.index("--device") + 1], "cpu")


if __name__ == "__main__":
    unittest.main()
