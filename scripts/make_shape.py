#!/usr/bin/env python3
"""Write a GGUF file with a real model's shape and random weights, for measuring speed.

Speed does not depend on what the weights are, so such a file benchmarks like the real model. Blocks
of quantized formats are random bits with scales of a modest size: nothing is quantized, so the
largest file takes as long as it takes to write. `bora bench` needs no tokenizer; for engines that do,
--vocabulary copies that of any other GGUF file.

usage: make_shape.py SHAPE TYPE OUT.gguf [--vocabulary FILE.gguf]
       e.g. make_shape.py llama-8b Q4_K_M model.gguf
"""
import argparse
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type


@dataclass
class Shape:
    architecture: str
    layers: int
    width: int
    hidden: int
    heads: int
    kv_heads: int
    head_width: int
    rope_base: float
    vocabulary: int
    has_tied_head: bool


SHAPES = {
    "tiny": Shape("llama", 4, 256, 768, 8, 4, 32, 1e4, 1000, True),
    "qwen3-0.6b": Shape("qwen3", 28, 1024, 3072, 16, 8, 128, 1e6, 151936, True),
    "llama-1b": Shape("llama", 16, 2048, 8192, 32, 8, 64, 5e5, 128256, True),
    "llama-8b": Shape("llama", 32, 4096, 14336, 32, 8, 128, 5e5, 128256, False),
}

# Bytes of a block's scales, and where they start (ggml's block layouts).
SCALES = {
    Type.Q8_0: [(0, 0x1400)],
    Type.Q4_0: [(0, 0x1C00)],
    Type.Q4_K: [(0, 0x0C00), (2, 0x0C00)],
    Type.Q6_K: [(208, 0x0400)],
}

# Bits of a 16-bit number that are random, and those that are set: magnitudes from 2^-7 to 2^-3.
FLOATS = {
    Type.F16: (0x8FFF, 0x2000),
    Type.BF16: (0x81FF, 0x3C00),
}


def type_of(name: str, kind: str, layer: int, shape: Shape) -> Type:
    """The type that llama.cpp's quantizer gives a tensor in a file of a type (`llama-quant.cpp`)."""
    is_wide = name in ("output", "token_embd") if shape.has_tied_head else name == "output"
    if is_wide and kind in ("Q4_0", "Q4_K_M"):
        return Type.Q6_K
    if kind != "Q4_K_M":
        return Type[kind]
    early, late = layer < shape.layers // 8, layer >= 7 * shape.layers // 8
    more_bits = early or late or (layer - shape.layers // 8) % 3 == 2
    return Type.Q6_K if name in ("attn_v", "ffn_down") and more_bits else Type.Q4_K


def blocks(rng: np.random.Generator, rows: int, columns: int, kind: Type) -> np.ndarray:
    """A matrix of random numbers in a format: its bytes, `[rows, bytes of a row]`."""
    if kind in FLOATS:
        bits = rng.integers(0, 1 << 16, (rows, columns), dtype=np.uint16)
        kept, fixed = FLOATS[kind]
        return ((bits & kept) | fixed).view(np.uint8)
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    data = rng.integers(0, 256, (rows * columns // elements, size), dtype=np.uint8)
    for offset, half in SCALES[kind]:
        data[:, offset], data[:, offset + 1] = half & 255, half >> 8
    return data.reshape(rows, -1)


def write_header(out: gguf.GGUFWriter, shape: Shape):
    out.add_block_count(shape.layers)
    out.add_context_length(131072)
    out.add_embedding_length(shape.width)
    out.add_feed_forward_length(shape.hidden)
    out.add_head_count(shape.heads)
    out.add_head_count_kv(shape.kv_heads)
    out.add_key_length(shape.head_width)
    out.add_value_length(shape.head_width)
    out.add_rope_dimension_count(shape.head_width)
    out.add_rope_freq_base(shape.rope_base)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_vocab_size(shape.vocabulary)


def copy_vocabulary(source: Path, out: gguf.GGUFWriter, shape: Shape):
    """The tokenizer of another file, which has to have as many tokens as the shape."""
    fields = gguf.GGUFReader(source).fields
    tokens = len(fields["tokenizer.ggml.tokens"].data)
    if tokens != shape.vocabulary:
        raise SystemExit(f"{source} has {tokens} tokens, the shape {shape.vocabulary}")
    for key, field in fields.items():
        if not key.startswith("tokenizer."):
            continue
        if field.types[0] == gguf.GGUFValueType.ARRAY:
            out.add_array(key, field.contents())
        else:
            out.add_key_value(key, field.contents(), field.types[0])


def matrices(shape: Shape):
    """Name, layer (-1: none), rows, columns; one column means a vector of ones."""
    yield "token_embd", -1, shape.vocabulary, shape.width
    if not shape.has_tied_head:
        yield "output", -1, shape.vocabulary, shape.width
    yield "output_norm", -1, shape.width, 1
    queries, keys = shape.heads * shape.head_width, shape.kv_heads * shape.head_width
    for layer in range(shape.layers):
        yield "attn_norm", layer, shape.width, 1
        yield "ffn_norm", layer, shape.width, 1
        yield "attn_q", layer, queries, shape.width
        yield "attn_k", layer, keys, shape.width
        yield "attn_v", layer, keys, shape.width
        yield "attn_output", layer, shape.width, queries
        if shape.architecture == "qwen3":
            yield "attn_q_norm", layer, shape.head_width, 1
            yield "attn_k_norm", layer, shape.head_width, 1
        yield "ffn_gate", layer, shape.hidden, shape.width
        yield "ffn_up", layer, shape.hidden, shape.width
        yield "ffn_down", layer, shape.width, shape.hidden


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("type", choices=["F16", "BF16", "Q8_0", "Q4_0", "Q4_K_M", "Q6_K"])
    parser.add_argument("output")
    parser.add_argument("--vocabulary", type=Path, metavar="FILE.gguf")
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    out = gguf.GGUFWriter(options.output, shape.architecture, use_temp_file=True)
    write_header(out, shape)
    if options.vocabulary:
        copy_vocabulary(options.vocabulary, out, shape)
    rng = np.random.default_rng(1)
    for name, layer, rows, columns in matrices(shape):
        full = (f"blk.{layer}." if layer >= 0 else "") + name + ".weight"
        if columns == 1:
            out.add_tensor(full, np.ones(rows, np.float32))
            continue
        kind = type_of(name, options.type, layer, shape)
        out.add_tensor(full, blocks(rng, rows, columns, kind), raw_dtype=kind)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file(progress=True)
    out.close()


if __name__ == "__main__":
    main()
