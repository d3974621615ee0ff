#!/usr/bin/env python3
"""Write small Llama models in each weight format, and their logits two ways.

In Tests/GoldenTests/Resources:
  formats.json               token ids; per format the error of llama.cpp, which is the error of
                             its arithmetic on activations rounded for the format
  format-F.gguf              quantized by llama.cpp, every matrix in format F
  format-F.exact.npy         float32 logits [token, vocabulary]: weights dequantized by `gguf`, run
                             by `transformers` in float32
  format-F.llama-cpp.npy     the same by llama.cpp on the CPU
Errors are the RMS of the difference over the RMS of the exact logits.

usage: pip install -r scripts/requirements.txt && scripts/make_format_goldens.py
"""
import tempfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np

from llama_reference import (
    RESOURCES, activations, llama_cpp_logits, llama_cpp_quantize, random_model, read_gguf,
    relative_error, write_gguf, write_index)

TOKENS = 24
VOCABULARY = 97

# Rows of the K formats and IQ4_XS are whole blocks of 256, which one layer has enough of. The
# others get rows of 2 and 3 blocks of 32.
NARROW = dict(
    num_hidden_layers=2, hidden_size=64, intermediate_size=96, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16)
WIDE = dict(
    num_hidden_layers=1, hidden_size=256, intermediate_size=256, num_attention_heads=4,
    num_key_value_heads=1, head_dim=64)
FORMATS = {
    "f32": (NARROW, llama_cpp.LLAMA_FTYPE_ALL_F32),
    "f16": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_F16),
    "bf16": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_BF16),
    "q8_0": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0),
    "q4_0": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0),
    "q4_1": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_1),
    "q5_0": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_0),
    "q5_1": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_1),
    "q2_k": (WIDE, llama_cpp.LLAMA_FTYPE_MOSTLY_Q2_K),
    "q3_k": (WIDE, llama_cpp.LLAMA_FTYPE_MOSTLY_Q3_K_S),
    "q4_k": (WIDE, llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_S),
    "q5_k": (WIDE, llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_K_S),
    "q6_k": (WIDE, llama_cpp.LLAMA_FTYPE_MOSTLY_Q6_K),
    "iq4_nl": (NARROW, llama_cpp.LLAMA_FTYPE_MOSTLY_IQ4_NL),
    "iq4_xs": (WIDE, llama_cpp.LLAMA_FTYPE_MOSTLY_IQ4_XS),
}


def check_format(path: Path, name: str) -> None:
    """Every matrix must be in the format that the file is named for."""
    for tensor in gguf.GGUFReader(path).tensors:
        assert len(tensor.shape) == 1 or tensor.tensor_type.name.lower() == name, tensor


def main():
    RESOURCES.mkdir(parents=True, exist_ok=True)
    ids = np.random.default_rng(1).integers(1, VOCABULARY, TOKENS).tolist()
    errors = {}
    for name, (sizes, file_type) in FORMATS.items():
        model = random_model(
            1, vocab_size=VOCABULARY, max_position_embeddings=512, rms_norm_eps=1e-5,
            tie_word_embeddings=False,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, **sizes)
        path = RESOURCES / f"format-{name}.gguf"
        with tempfile.TemporaryDirectory() as folder:
            unquantized = Path(folder) / path.name
            write_gguf(unquantized, model)
            llama_cpp_quantize(unquantized, path, file_type)
        check_format(path, name)
        original = activations(model, ids)[1]
        exact = activations(read_gguf(path), ids)[1]
        theirs = llama_cpp_logits(path, ids)
        np.save(RESOURCES / f"format-{name}.exact.npy", exact)
        np.save(RESOURCES / f"format-{name}.llama-cpp.npy", theirs)
        errors[name] = {
            "llama_cpp_error": relative_error(theirs, exact),
            "weight_error": relative_error(exact, original)}
    write_index(RESOURCES / "formats.json", {"ids": ids, "formats": errors})

    print("| format | llama.cpp against exact dequantization | exact against unquantized |")
    print("| --- | --- | --- |")
    for name, error in errors.items():
        print(f"| {name} | {error['llama_cpp_error']:.2e} | {error['weight_error']:.2e} |")


if __name__ == "__main__":
    main()
