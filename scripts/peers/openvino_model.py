#!/usr/bin/env python3
"""Write an OpenVINO model with random weights, at the shape of the GGUF file that it stands beside.

Runs in the virtual environment of the peer: `transformers` makes the model, optimum-cli exports it.

usage: openvino_model.py MODEL.gguf FORMAT FOLDER      FORMAT: int8, int4 (groups of 32) or fp16
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import torch
from transformers import AutoConfig, AutoModelForCausalLM

EXPORT = {
    "int8": ["--weight-format", "int8", "--sym"],
    "int4": ["--weight-format", "int4", "--sym", "--group-size", "32", "--ratio", "1.0"],
    "fp16": ["--weight-format", "fp16"],
}


def configuration(path: Path) -> dict:
    """The hyperparameters of a GGUF file as `transformers` names them."""
    fields = gguf.GGUFReader(path).fields
    architecture = fields["general.architecture"].contents()

    def value(name: str):
        return fields[f"{architecture}.{name}"].contents()

    return {
        "model_type": architecture,
        "num_hidden_layers": value("block_count"),
        "hidden_size": value("embedding_length"),
        "intermediate_size": value("feed_forward_length"),
        "num_attention_heads": value("attention.head_count"),
        "num_key_value_heads": value("attention.head_count_kv"),
        "head_dim": value("attention.key_length"),
        "rope_theta": value("rope.freq_base"),
        "vocab_size": value("vocab_size"),
        "max_position_embeddings": value("context_length"),
        "tie_word_embeddings": True,
    }


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in EXPORT:
        sys.exit(__doc__)
    path, kind, output = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    names = configuration(path)
    config = AutoConfig.for_model(names.pop("model_type"), **names)
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        AutoModelForCausalLM.from_config(config, dtype=torch.float16).save_pretrained(folder)
        draft = output.with_name(f"{output.name}.part")
        shutil.rmtree(draft, ignore_errors=True)
        subprocess.run(
            [Path(sys.executable).with_name("optimum-cli"), "export", "openvino",
             "--task", "text-generation-with-past", "--model", folder, *EXPORT[kind], draft],
            check=True)
    draft.rename(output)


if __name__ == "__main__":
    main()
