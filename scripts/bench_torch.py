#!/usr/bin/env python3
"""What a CUDA card can do, and how fast `transformers` runs a Llama's shape on it in float16.

Prints one JSON object: `card`, `copy_bytes_per_second` (read and written bytes of a copy within the
card's memory), `matrix_operations_per_second` (a float16 product of square matrices), `prompt` and
`generation` in tokens per second; medians of the repetitions.

usage: bench_torch.py [--shape llama-8b] [--prompt 512] [--generate 128] [--repetitions 5]
                      [--device cuda]
"""
import argparse
import json
import sys
import time
from statistics import median

import torch
from make_shape import SHAPES, Shape
from transformers import LlamaConfig, LlamaForCausalLM


class Bench:
    def __init__(self, device: str, repetitions: int):
        self.device = torch.device(device)
        self.repetitions = repetitions

    @property
    def card(self) -> str:
        return torch.cuda.get_device_name() if self.device.type == "cuda" else "CPU"

    def seconds(self, work) -> float:
        """Median time of a piece of work on the card, after one run to warm up."""
        work()
        times = []
        for _ in range(self.repetitions):
            self.synchronize()
            start = time.perf_counter()
            work()
            self.synchronize()
            times.append(time.perf_counter() - start)
        return median(times)

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def copy_rate(self, count: int) -> float:
        source = torch.empty(count, dtype=torch.uint8, device=self.device)
        target = torch.empty_like(source)
        return 2 * count / self.seconds(lambda: target.copy_(source))

    def matrix_rate(self, size: int) -> float:
        left = torch.randn(size, size, dtype=torch.float16, device=self.device)
        right = torch.randn(size, size, dtype=torch.float16, device=self.device)
        return 2 * size**3 / self.seconds(lambda: left @ right)

    def make_model(self, shape: Shape) -> LlamaForCausalLM:
        config = LlamaConfig(
            vocab_size=shape.vocabulary, hidden_size=shape.width,
            intermediate_size=shape.hidden, num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads, num_key_value_heads=shape.kv_heads,
            head_dim=shape.head_width, rope_theta=shape.rope_base,
            max_position_embeddings=131072, tie_word_embeddings=shape.has_tied_head)
        torch.set_default_dtype(torch.float16)
        with self.device:
            return LlamaForCausalLM(config).eval()


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="llama-8b")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--generate", type=int, default=128)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    options = parser.parse_args()
    is_card = options.device == "cuda"
    if is_card and not torch.cuda.is_available():
        sys.exit("torch sees no CUDA card; install a driver and a build of torch with CUDA")
    bench = Bench(options.device, options.repetitions)
    # Large enough for a card to show what it can do; a CPU takes its time with float16.
    result = {
        "card": bench.card,
        "copy_bytes_per_second": bench.copy_rate(1 << 31 if is_card else 1 << 24),
        "matrix_operations_per_second": bench.matrix_rate(8192 if is_card else 256),
    }
    shape = SHAPES[options.shape]
    model = bench.make_model(shape)
    prompt = torch.randint(0, shape.vocabulary, (1, options.prompt), device=bench.device)
    first = torch.randint(0, shape.vocabulary, (1, 1), device=bench.device)
    count = options.generate

    def generate():
        model.generate(
            first, max_new_tokens=count, min_new_tokens=count, do_sample=False, pad_token_id=0)

    result["prompt"] = options.prompt / bench.seconds(
        lambda: model(prompt, use_cache=True, logits_to_keep=1))
    result["generation"] = count / bench.seconds(generate)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
