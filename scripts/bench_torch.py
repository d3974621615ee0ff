#!/usr/bin/env python3
"""What a CUDA card can do, and how fast `transformers` runs the llama-8b shape on it in float16.

Prints one JSON object: `copy_bytes_per_second` (read and written bytes of a copy within the card's
memory), `matrix_operations_per_second` (a float16 product of 8,192 x 8,192 matrices), `pp512` and
`tg128` in tokens per second; medians of the repetitions.

usage: bench_torch.py [--repetitions 5] [--layers 32]
"""
import argparse
import json
import sys
import time
from statistics import median

import torch
from transformers import LlamaConfig, LlamaForCausalLM


def seconds(work, repetitions: int) -> float:
    """Median time of a piece of work on the card, after one run to warm up."""
    work()
    times = []
    for _ in range(repetitions):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return median(times)


def copy_rate(repetitions: int) -> float:
    source = torch.empty(1 << 31, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.numel() / seconds(lambda: target.copy_(source), repetitions)


def matrix_rate(repetitions: int) -> float:
    size = 8192
    left = torch.randn(size, size, dtype=torch.float16, device="cuda")
    right = torch.randn(size, size, dtype=torch.float16, device="cuda")
    return 2 * size**3 / seconds(lambda: left @ right, repetitions)


def make_model(layers: int) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=128256, hidden_size=4096, intermediate_size=14336, num_hidden_layers=layers,
        num_attention_heads=32, num_key_value_heads=8, head_dim=128, rope_theta=5e5,
        max_position_embeddings=131072, tie_word_embeddings=False)
    torch.set_default_dtype(torch.float16)
    with torch.device("cuda"):
        return LlamaForCausalLM(config).eval()


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--layers", type=int, default=32)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("torch sees no CUDA card; install a driver and a build of torch with CUDA")
    result = {
        "card": torch.cuda.get_device_name(),
        "copy_bytes_per_second": copy_rate(options.repetitions),
        "matrix_operations_per_second": matrix_rate(options.repetitions),
    }
    torch.cuda.empty_cache()
    model = make_model(options.layers)
    prompt = torch.randint(0, 128256, (1, 512), device="cuda")
    first = torch.randint(0, 128256, (1, 1), device="cuda")

    def generate():
        model.generate(
            first, max_new_tokens=128, min_new_tokens=128, do_sample=False, pad_token_id=0)

    result["pp512"] = 512 / seconds(
        lambda: model(prompt, use_cache=True, logits_to_keep=1), options.repetitions)
    result["tg128"] = 128 / seconds(generate, options.repetitions)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
