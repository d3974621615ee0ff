#!/usr/bin/env python3
"""Perplexity by `transformers` in float32, as llama.cpp's llama-perplexity defines it.

The text is tokenized in one piece and cut into chunks of the context's length, the rest dropped.
Each chunk runs alone, and the predictions of the tokens after its first half are scored:
context - 1 - context / 2 of them. Where the tokenizer adds a BOS, one replaces each chunk's first
token.

usage: reference_perplexity.py MODEL TOKENIZER.json TEXT [--context 512] [--chunks N] [--bos ID]

MODEL is a GGUF file of a Llama, dequantized, or a folder that `transformers` loads.
"""
import argparse
import math
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from llama_reference import read_gguf


def load(path: Path) -> LlamaForCausalLM:
    """A model in float32, from a GGUF file or a folder."""
    if path.suffix == ".gguf":
        return read_gguf(path)
    return LlamaForCausalLM.from_pretrained(path, dtype=torch.float32).eval()


def perplexity(
    model: LlamaForCausalLM, ids: list[int], context: int, chunks: int | None = None,
    bos: int | None = None,
) -> dict:
    """The perplexity of token ids and its standard error, as llama-perplexity computes both."""
    whole = torch.tensor(ids[: len(ids) // context * context]).reshape(-1, context)[:chunks]
    first = context // 2
    losses = []
    for chunk in whole:
        seen = chunk.clone()
        if bos is not None:
            seen[0] = bos
        with torch.no_grad():
            logits = model(seen[None], use_cache=False).logits[0, first:-1]
        losses.append(torch.nn.functional.cross_entropy(
            logits.double(), chunk[first + 1 :], reduction="none"))
    loss = torch.cat(losses)
    value = math.exp(loss.mean())
    error = value * math.sqrt((loss.square().mean() - loss.mean() ** 2) / (len(loss) - 1))
    return {"context": context, "chunks": len(whole), "perplexity": value, "error": error}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("text", type=Path)
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--chunks", type=int, help="the first so many; default: all")
    parser.add_argument("--bos", type=int, help="the id to begin each chunk with; default: none")
    options = parser.parse_args()
    ids = Tokenizer.from_file(str(options.tokenizer)).encode(
        options.text.read_text(), add_special_tokens=False).ids
    result = perplexity(load(options.model), ids, options.context, options.chunks, options.bos)
    print(f"perplexity {result['perplexity']:.4f} ± {result['error']:.4f}, "
          f"{result['chunks']} chunks of {result['context']} tokens")


if __name__ == "__main__":
    main()
