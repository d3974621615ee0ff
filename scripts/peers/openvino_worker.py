#!/usr/bin/env python3
"""Measure OpenVINO: prints a JSON object, tokens per second by test (`prompt`, `generation`).

Runs in the virtual environment of the peer. A token's time includes choosing it. The first token
after a prompt is what a prompt's speed is taken from, so there is none at a depth.

usage: openvino_worker.py FOLDER PROMPT GENERATION DEPTH SEQUENCES THREADS PRECISION
"""
import json
import sys

import numpy as np
import openvino
import openvino_genai as genai


def main():
    folder, precision = sys.argv[1], sys.argv[7]
    prompt, generation, depth, sequences, threads = map(int, sys.argv[2:7])
    settings = {"INFERENCE_NUM_THREADS": threads}
    if precision != "auto":
        settings["INFERENCE_PRECISION_HINT"] = precision
    pipeline = genai.LLMPipeline(folder, "CPU", **settings)
    random = np.random.default_rng(1)

    def run(length: int, tokens: int) -> genai.PerfMetrics:
        ids = random.integers(0, 100_000, (sequences, length))
        inputs = genai.TokenizedInputs(
            openvino.Tensor(ids), openvino.Tensor(np.ones_like(ids)))
        return pipeline.generate(
            inputs, genai.GenerationConfig(
                max_new_tokens=tokens, min_new_tokens=tokens, ignore_eos=True, do_sample=False)
        ).perf_metrics

    run(prompt or 16, 4)
    speeds = {}
    if prompt and not depth:
        speeds["prompt"] = prompt / run(prompt, 1).get_ttft().mean * 1000
    if generation:
        speeds["generation"] = run(depth or 1, generation + 1).get_throughput().mean
    print(json.dumps(speeds))


if __name__ == "__main__":
    main()
