#!/usr/bin/env python3
"""Write tiny random models of every architecture, and what `transformers` computes with them.

In Tests/GoldenTests/Resources/models:
  index.json             the names of the models, token ids, and what each stage is
  NAME/config.json, NAME/model.safetensors
                         the model as `transformers` saves it, in float32; where the row says
                         `before_5`, with the configuration as versions before 5 spelled it
  NAME/model.gguf        where the row says `gguf`: the same in GGUF; llama.cpp must agree on the
                         logits, so the file follows GGUF's conventions
  NAME/hidden.npy        float32 [stage, token, hidden]: the residual stream after the embedding,
                         after each attention and after each MLP
  NAME/logits.npy        float32 [token, vocabulary]
`transformers` must compute the same logits from the saved folder.

usage: pip install -r scripts/requirements.txt && scripts/make_architecture_goldens.py [NAME ...]
"""
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from llama_reference import (
    RESOURCES, activations, llama_cpp_logits, random_model, relative_error, stage_names,
    write_gguf, write_index)

# Sizes that are no multiples of a vector's width.
SIZES = dict(
    vocab_size=97, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
    num_attention_heads=3, num_key_value_heads=1, max_position_embeddings=64, rms_norm_eps=1e-5)
TIED = dict(tie_word_embeddings=True)
UNTIED = dict(tie_word_embeddings=False)
WINDOW = dict(use_sliding_window=True, sliding_window=8)
# Models of Gemma are tied without saying so.
UNSAID = dict(tie_word_embeddings=None)


@dataclass
class Row:
    """A model of an architecture, with some of its options."""
    model_type: str
    config: dict
    # Whether GGUF can say the same, and llama.cpp computes it.
    gguf: bool = False
    # Keys that the configuration is spelled with before transformers 5, in addition; those that are
    # None it lacks.
    before_5: dict | None = None
    # More than the windows and the original contexts.
    tokens: int = 24
    seed: int = 1


def rope(kind: str = "default", theta: float = 10000.0, **settings) -> dict:
    return {"rope_type": kind, "rope_theta": theta, **settings}


def llama(gguf: bool = False, before_5: dict | None = None, seed: int = 1, **config) -> Row:
    return Row("llama", config, gguf, before_5, seed=seed)


def scaled_llama(
        rotary: dict, gguf: bool = False, before_5: dict | None = None, **config) -> Row:
    """A Llama whose heads are wide enough for every band of a rotary scaling."""
    return llama(
        gguf, before_5, seed=2, head_dim=24, num_attention_heads=2, rope_parameters=rotary,
        **TIED, **config)


def long_phi3(original: int, gguf: bool, before_5: dict | None = None) -> Row:
    """A Phi-3 with a factor of its own for each of four rotary pairs."""
    return Row(
        "phi3",
        dict(
            original_max_position_embeddings=original, max_position_embeddings=4 * original,
            rope_parameters=rope(
                "longrope", short_factor=[1.0, 1.1, 1.3, 1.7], long_factor=[1.0, 2.0, 3.5, 5.0],
                original_max_position_embeddings=original), **UNTIED),
        gguf, before_5)


def gemma3_rotary(**full_attention) -> dict:
    return {
        "full_attention": rope(theta=1e6) | full_attention, "sliding_attention": rope()}


ROWS = {
    "llama-tied": llama(
        gguf=True, hidden_size=48, num_attention_heads=6, num_key_value_heads=2,
        rope_parameters=rope(), **TIED),
    # As the first Llama was described: as many heads for keys as for queries, of no stated width.
    "llama-biased": llama(
        gguf=True, before_5=dict(num_key_value_heads=None, head_dim=None, rope_theta=None),
        hidden_size=32, num_attention_heads=4, num_key_value_heads=4, attention_bias=True,
        mlp_bias=True, rope_parameters=rope(), **UNTIED),
    # The three bands of Llama 3's scaling are all met: frequency 0 is kept, 1 and 2 are between,
    # the rest are divided by the factor.
    "llama-llama3": scaled_llama(
        rope("llama3", 500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
             original_max_position_embeddings=64), gguf=True, max_position_embeddings=128),
    "llama-linear": scaled_llama(rope("linear", factor=4.0), gguf=True, before_5={}),
    # The base depends on the length of the sequence from `max_position_embeddings` on.
    "llama-dynamic-within": scaled_llama(rope("dynamic", factor=4.0), before_5={}),
    "llama-dynamic-beyond": scaled_llama(
        rope("dynamic", factor=4.0), max_position_embeddings=16),
    # Pair 0 is kept, 1 and 2 are between, the rest are divided by the factor.
    "llama-yarn": scaled_llama(
        rope("yarn", 100.0, factor=4.0, beta_fast=2.0, original_max_position_embeddings=16),
        gguf=True),
    "llama-yarn-factor": scaled_llama(
        rope("yarn", 100.0, factor=4.0, beta_fast=2.0, beta_slow=0.5, truncate=False,
             attention_factor=1.3, original_max_position_embeddings=16), before_5={}),
    "llama-yarn-mscale": scaled_llama(
        rope("yarn", 100.0, factor=4.0, beta_fast=2.0, mscale=0.7, mscale_all_dim=0.4,
             original_max_position_embeddings=16)),
    "llama-long": scaled_llama(
        rope("longrope", factor=3.0, short_factor=[1.0] * 6 + [1.5] * 6,
             long_factor=[1.0 + pair / 2 for pair in range(12)],
             original_max_position_embeddings=16)),
    # So many tokens that blocks of the KV cache leave the window.
    "mistral-window": Row(
        "mistral",
        dict(sliding_window=16, max_position_embeddings=128, rope_parameters=rope(), **UNTIED),
        tokens=80),
    "mistral-full": Row(
        "mistral",
        dict(sliding_window=None, head_dim=16, rope_parameters=rope(theta=1e6), **UNTIED)),
    "qwen2": Row("qwen2", dict(rope_parameters=rope(theta=1e6), **TIED), gguf=True),
    "qwen2-window": Row(
        "qwen2",
        dict(num_hidden_layers=4, max_window_layers=2, rope_parameters=rope(), **WINDOW, **UNTIED),
        before_5={}),
    "qwen3": Row(
        "qwen3", dict(head_dim=16, rope_parameters=rope(theta=1e6), **UNTIED), gguf=True),
    "qwen3-window": Row(
        "qwen3",
        dict(
            num_hidden_layers=4, head_dim=16, max_window_layers=2, attention_bias=True,
            rope_parameters=rope(), **WINDOW, **TIED)),
    "phi3": Row(
        "phi3",
        dict(
            num_key_value_heads=3, original_max_position_embeddings=64,
            rope_parameters=rope(partial_rotary_factor=0.5), **TIED),
        gguf=True),
    "phi3-window": Row(
        "phi3",
        dict(
            sliding_window=8, original_max_position_embeddings=32,
            rope_parameters=rope(
                "longrope", partial_rotary_factor=0.75, attention_factor=1.2,
                short_factor=[1.0, 1.2, 1.5], long_factor=[1.0, 2.0, 4.0],
                original_max_position_embeddings=32),
            **UNTIED)),
    # llama.cpp chooses by its context, which is 256 at least.
    "phi3-long-within": long_phi3(512, gguf=True),
    "phi3-long-beyond": long_phi3(16, gguf=True, before_5={}),
    # llama.cpp knows the scale of the scores from the width of a head.
    "gemma2": Row(
        "gemma2",
        dict(
            num_hidden_layers=4, head_dim=16, query_pre_attn_scalar=16, sliding_window=8,
            final_logit_softcapping=3.0, attn_logit_softcapping=1.5, rope_parameters=rope(),
            **TIED),
        gguf=True),
    "gemma2-scaled": Row(
        "gemma2",
        dict(
            head_dim=8, query_pre_attn_scalar=13, sliding_window=8, final_logit_softcapping=None,
            attn_logit_softcapping=None, attention_bias=True, rope_parameters=rope(), **TIED),
        before_5=UNSAID),
    "gemma3": Row(
        "gemma3_text",
        dict(
            num_hidden_layers=6, head_dim=8, query_pre_attn_scalar=8, sliding_window=8,
            rope_parameters=gemma3_rotary(rope_type="linear", factor=4.0), **TIED),
        gguf=True),
    "gemma3-pattern": Row(
        "gemma3_text",
        dict(
            num_hidden_layers=4, head_dim=16, query_pre_attn_scalar=13, sliding_window=8,
            sliding_window_pattern=2, final_logit_softcapping=3.0,
            rope_parameters=gemma3_rotary(rope_theta=2e5), **TIED),
        before_5=dict(sliding_window_pattern=2) | UNSAID),
    "smollm3": Row(
        "smollm3",
        dict(num_hidden_layers=4, rope_parameters=rope(theta=5e6), **TIED), gguf=True),
    "smollm3-window": Row(
        "smollm3",
        dict(
            num_hidden_layers=4, no_rope_layers=[1, 0, 1, 0], attention_bias=True, mlp_bias=True,
            rope_parameters=rope(theta=5e6), **WINDOW, **UNTIED)),
    "granite": Row(
        "granite",
        dict(
            embedding_multiplier=3.0, residual_multiplier=0.4, attention_multiplier=0.2,
            logits_scaling=1.6, rope_parameters=rope(), **TIED),
        gguf=True),
    "granite-biased": Row(
        "granite",
        dict(
            embedding_multiplier=3.0, residual_multiplier=0.4, attention_multiplier=0.2,
            logits_scaling=1.6, attention_bias=True, mlp_bias=True, rope_parameters=rope(),
            **UNTIED),
        gguf=True, before_5={}),
}


def spell_as_before_5(config: dict, keys: dict) -> dict:
    """A configuration as versions of transformers before 5 wrote it."""
    config = dict(config)
    rotary = config.pop("rope_parameters")
    if "full_attention" in rotary:
        config["rope_local_base_freq"] = rotary["sliding_attention"]["rope_theta"]
        rotary = rotary["full_attention"]
    rotary = dict(rotary)
    config["rope_theta"] = rotary.pop("rope_theta")
    if "partial_rotary_factor" in rotary:
        config["partial_rotary_factor"] = rotary.pop("partial_rotary_factor")
    if "original_max_position_embeddings" in config:
        rotary.pop("original_max_position_embeddings", None)
        rotary["type"] = rotary.pop("rope_type")
    config["rope_scaling"] = None if rotary == {"rope_type": "default"} else rotary
    config["torch_dtype"] = config.pop("dtype")
    for key in ("layer_types", "transformers_version", "_sliding_window_pattern"):
        config.pop(key, None)
    return {key: value for key, value in (config | keys).items() if keys.get(key, 0) is not None}


def save(folder: Path, model: PreTrainedModel, row: Row) -> None:
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink()
    if row.before_5 is not None:
        path = folder / "config.json"
        config = spell_as_before_5(json.loads(path.read_text()), row.before_5)
        path.write_text(json.dumps(config, indent=2) + "\n")


def make(name: str, row: Row) -> dict:
    """Write the folder of a model; what the index says of it."""
    model = random_model(row.seed, row.model_type, **SIZES | row.config)
    ids = np.random.default_rng(row.seed).integers(1, SIZES["vocab_size"], row.tokens).tolist()
    hidden, logits = activations(model, ids)
    assert logits.std() > 1, f"{name}: the logits deviate by {logits.std():.2f} only"

    folder = RESOURCES / "models" / name
    shutil.rmtree(folder, ignore_errors=True)
    save(folder, model, row)
    np.save(folder / "hidden.npy", hidden)
    np.save(folder / "logits.npy", logits)
    saved = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
    assert np.array_equal(activations(saved, ids)[1], logits), f"{name}: the folder differs"

    report = f"{name}: logits' deviation {logits.std():.2f}"
    if row.gguf:
        path = folder / "model.gguf"
        write_gguf(path, model)
        error = relative_error(llama_cpp_logits(path, ids), logits)
        report += f", llama.cpp differs by {error:.1e}"
        # llama.cpp looks GELU up in a table of float16, which Gemma alone uses.
        assert error < (1e-3 if row.model_type.startswith("gemma") else 1e-4), report
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{report}, {size // 1024} KiB", flush=True)
    return {"ids": ids, "stages": stage_names(model.config), "has_gguf": row.gguf}


def main():
    wanted = sys.argv[1:] or list(ROWS)
    disable_progress_bar()
    path = RESOURCES / "models" / "index.json"
    models = json.loads(path.read_text())["models"] if path.exists() else {}
    made = {name: make(name, ROWS[name]) for name in wanted}
    models = {name: made.get(name) or models[name] for name in ROWS}
    write_index(path, {"models": models})


if __name__ == "__main__":
    main()
