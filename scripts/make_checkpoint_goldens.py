#!/usr/bin/env python3
"""Write small checkpoints of several files, and what is in them.

In Tests/BoraFormatsTests/Resources:
  safetensors/   one file with every element type that Bora reads, by the `safetensors` package
  sharded/       a tiny Llama of several safetensors files with tokenizer and template, by
                 `save_pretrained` of transformers
  split/         a GGUF file by the `gguf` package, and the parts that llama-gguf-split made of it
  *.json         the tensors of the first two

usage: pip install -r scripts/requirements.txt
       scripts/make_checkpoint_goldens.py LLAMA-GGUF-SPLIT
where LLAMA-GGUF-SPLIT is that program of llama.cpp.
"""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

RESOURCES = Path(__file__).parent.parent / "Tests/BoraFormatsTests/Resources"
TYPES = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16"}


def folder(name):
    path = RESOURCES / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


def describe(name, tensors):
    """Write down what the tensors are."""
    expected = [
        {
            "name": key,
            "shape": list(tensor.shape),
            "type": TYPES[tensor.dtype],
            "bytes": tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes().hex(),
        }
        for key, tensor in tensors.items()
    ]
    (RESOURCES / f"{name}.json").write_text(json.dumps(expected, indent=1) + "\n")


def write_every_type():
    plain = torch.randn(3, 16)
    tensors = {
        "plain.f32": plain,
        "plain.f16": plain.to(torch.float16),
        "plain.bf16": plain.to(torch.bfloat16),
        "scalar": torch.tensor(0.5),
        "empty": torch.zeros(0, 4),
        "four": torch.randn(2, 1, 3, 2).to(torch.bfloat16),
        "odd": torch.randn(3).to(torch.float16),
        "Grüße 🦊": torch.ones(1),
    }
    path = folder("safetensors")
    save_file(tensors, path / "model.safetensors", metadata={"note": "世界"})
    (path / "config.json").write_text('{"model_type": "everything"}\n')
    describe("safetensors", tensors)


def write_sharded():
    config = LlamaConfig(
        hidden_size=8,
        intermediate_size=12,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=16,
        max_position_embeddings=64,
        rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0},
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.generation_config = GenerationConfig(
        do_sample=True, temperature=0.6, top_p=0.9, top_k=20, eos_token_id=[2, 3]
    )
    path = folder("sharded")
    model.save_pretrained(path, max_shard_size=500)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.BPE({"a": 0, "b": 1, "<eos>": 2}, [])),
        eos_token="<eos>",
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    tokenizer.save_pretrained(path)
    describe("sharded", model.state_dict())


def write_split(program):
    path = folder("split")
    whole = path / "whole.gguf"
    writer = gguf.GGUFWriter(whole, "llama")
    writer.add_block_count(2)
    writer.add_token_list(["a", "b", "c"])
    random = np.random.default_rng(2026)
    for index in range(5):
        writer.add_tensor(f"tensor.{index}", random.standard_normal((index + 2, 8), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    for name, options in (("plain", []), ("bare", ["--no-tensor-first-split"])):
        command = [program, "--split", "--split-max-tensors", "2", *options, whole, path / name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main():
    torch.manual_seed(2026)
    write_every_type()
    write_sharded()
    write_split(sys.argv[1])


if __name__ == "__main__":
    main()
