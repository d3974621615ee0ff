#!/usr/bin/env python3
"""Write tiny random Llama models and what `transformers` computes with them in float32.

For each model of MODELS, in Tests/GoldenTests/Resources:
  NAME.gguf         float32 weights
  NAME.json         token ids and the names of the stages
  NAME.hidden.npy   float32 [stage, token, hidden]: the embedding, the residual stream after each
                    attention and each MLP, the output of the final norm
  NAME.logits.npy   float32 [token, vocabulary]
llama.cpp must agree on the logits, so the files follow GGUF's conventions.

usage: pip install -r scripts/requirements.txt && scripts/make_llama_goldens.py
"""
import numpy as np

from llama_reference import (
    RESOURCES, activations, llama_cpp_logits, random_model, relative_error, stage_names,
    write_gguf, write_index)

TOKENS = 24

# Sizes that are no multiples of a vector's width, and each feature of the architecture once.
MODELS = {
    "llama-tied": dict(
        vocab_size=97, hidden_size=48, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=6, num_key_value_heads=2, head_dim=8, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
    # The three bands of Llama 3's scaling are all met: frequency 0 is kept, 1 and 2 are between,
    # the rest are divided by the factor.
    "llama-rope-scaled": dict(
        vocab_size=101, hidden_size=32, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=24, tie_word_embeddings=False,
        rope_parameters={
            "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 64}),
    "llama-biased": dict(
        vocab_size=97, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=4, head_dim=8, tie_word_embeddings=False,
        attention_bias=True, mlp_bias=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
}


def main():
    RESOURCES.mkdir(parents=True, exist_ok=True)
    for seed, (name, config) in enumerate(MODELS.items(), start=1):
        model = random_model(seed, max_position_embeddings=512, rms_norm_eps=1e-5, **config)
        ids = np.random.default_rng(seed).integers(1, config["vocab_size"], TOKENS).tolist()
        hidden, logits = activations(model, ids)
        path = RESOURCES / f"{name}.gguf"
        write_gguf(path, model)
        error = relative_error(llama_cpp_logits(path, ids), logits)
        print(f"{name}: logits' deviation {logits.std():.2f}, llama.cpp differs by {error:.1e}")
        assert logits.std() > 1 and error < 1e-4
        index = {"ids": ids, "stages": stage_names(model.config)}
        write_index(RESOURCES / f"{name}.json", index)
        np.save(RESOURCES / f"{name}.hidden.npy", hidden)
        np.save(RESOURCES / f"{name}.logits.npy", logits)


if __name__ == "__main__":
    main()
