"""Llama models by other people's code: `transformers` in float32 and llama.cpp on the CPU.

The scripts that make goldens share this. Needs what requirements.txt lists. llama-cpp-python
may be replaced by its unpacked sources and any build of the llama.cpp in them:
PYTHONPATH=llama_cpp_python-0.3.36 LLAMA_CPP_LIB_PATH=BUILD/bin.
"""
import ctypes
import importlib.metadata
import json
import math
import re
import subprocess
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

RESOURCES = Path(__file__).resolve().parent.parent / "Tests" / "GoldenTests" / "Resources"

# Where `transformers` keeps each weight and what GGUF calls it; layers are numbered in between.
MODEL_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}
LAYER_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def versions() -> dict[str, str]:
    """The versions of the packages that goldens are made with."""
    packages = ["gguf", "numpy", "torch", "transformers"]
    found = {name: importlib.metadata.version(name) for name in packages}
    return found | {"llama-cpp-python": llama_cpp.__version__}


def write_index(path: Path, index: dict) -> None:
    """Write an index as JSON, one line per key, with what made it."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in (index | {"made_with": versions()}).items()
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def relative_error(value: np.ndarray, reference: np.ndarray) -> float:
    """RMS of the difference over RMS of the reference."""
    difference = value.astype(np.float64) - reference
    return float(np.sqrt(np.mean(difference**2) / np.mean(reference.astype(np.float64) ** 2)))


def random_model(seed: int, **config) -> LlamaForCausalLM:
    """A Llama with random float32 weights that keep activations near 1 and the logits' standard
    deviation near 2; larger ones would make attention amplify every rounding."""
    model = LlamaForCausalLM(LlamaConfig(attn_implementation="eager", **config)).float().eval()
    rng = np.random.default_rng(seed)
    for name, parameter in model.named_parameters():
        values = rng.standard_normal(tuple(parameter.shape), dtype=np.float32)
        if name.endswith("bias"):
            values *= 0.5
        elif "norm" in name:
            values = 1 + 0.2 * values
        else:
            gain = 2 if name.startswith(("lm_head", "model.embed_tokens")) else 1
            values *= gain / math.sqrt(parameter.shape[1])
        parameter.data = torch.from_numpy(values)
    return model


def swap_rotary_halves(weight: np.ndarray, heads: int, to_pairs: bool) -> np.ndarray:
    """Reorder the rows of a query or key projection (or its bias) within each head.

    `transformers` rotates component i with i + head width / 2; GGUF files of the architecture
    "llama" keep the two next to each other, at 2i and 2i + 1 (`to_pairs`).
    """
    order = (2, -1) if to_pairs else (-1, 2)
    rows = weight.reshape(heads, *order, *weight.shape[1:])
    return np.ascontiguousarray(rows.swapaxes(1, 2).reshape(weight.shape))


def rotary_heads(gguf_name: str, config: LlamaConfig) -> int | None:
    """How many heads the rows of this weight belong to, if they are rotated."""
    if ".attn_q." in gguf_name:
        return config.num_attention_heads
    if ".attn_k." in gguf_name:
        return config.num_key_value_heads
    return None


def gguf_names(config: LlamaConfig) -> dict[str, str]:
    """GGUF's name for every weight and bias a Llama of this configuration can have."""
    names = dict(MODEL_NAMES)
    for layer in range(config.num_hidden_layers):
        for theirs, ours in LAYER_NAMES.items():
            names[f"model.layers.{layer}.{theirs}"] = f"blk.{layer}.{ours}"
    return {f"{k}.{end}": f"{v}.{end}" for k, v in names.items() for end in ("weight", "bias")}


def tiny_vocabulary(size: int) -> tuple[list[str], list[str]]:
    """Tokens and merges of a byte-level BPE: one special token, printable ASCII, the space, and
    words of spaces up to `size`. Enough for a reader that insists on a tokenizer."""
    tokens = ["<|end|>"] + [chr(c) for c in range(ord("!"), ord("~") + 1)] + ["Ġ"]
    merges = []
    while len(tokens) < size:
        merges.append(f"{tokens[-1]} Ġ")
        tokens.append(tokens[-1] + "Ġ")
    return tokens, merges


def write_gguf(path: Path, model: LlamaForCausalLM) -> None:
    """Write a model in float32 as llama.cpp's convert_hf_to_gguf.py would."""
    config = model.config
    out = gguf.GGUFWriter(path, "llama")
    out.add_name(path.stem)
    out.add_block_count(config.num_hidden_layers)
    out.add_context_length(config.max_position_embeddings)
    out.add_embedding_length(config.hidden_size)
    out.add_feed_forward_length(config.intermediate_size)
    out.add_head_count(config.num_attention_heads)
    out.add_head_count_kv(config.num_key_value_heads)
    out.add_key_length(config.head_dim)
    out.add_value_length(config.head_dim)
    out.add_rope_dimension_count(config.head_dim)
    out.add_rope_freq_base(config.rope_parameters["rope_theta"])
    out.add_layer_norm_rms_eps(config.rms_norm_eps)
    out.add_vocab_size(config.vocab_size)
    out.add_file_type(gguf.LlamaFileType.ALL_F32)
    tokens, merges = tiny_vocabulary(config.vocab_size)
    types = [gguf.TokenType.CONTROL] + [gguf.TokenType.NORMAL] * (len(tokens) - 1)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("llama-bpe")
    out.add_token_list(tokens)
    out.add_token_types(types)
    out.add_token_merges(merges)
    out.add_eos_token_id(0)
    out.add_add_bos_token(False)

    names = gguf_names(config)
    for name, parameter in model.named_parameters():
        values = parameter.detach().numpy()
        if heads := rotary_heads(names[name], config):
            values = swap_rotary_halves(values, heads, to_pairs=True)
        out.add_tensor(names[name], values)
    if config.rope_parameters["rope_type"] == "llama3":
        # GGUF stores by what each frequency is divided instead of the rule.
        exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim
        unscaled = 1 / config.rope_parameters["rope_theta"] ** exponents
        factors = unscaled / model.model.rotary_emb.inv_freq
        out.add_tensor("rope_freqs.weight", factors.numpy().astype(np.float32))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def read_gguf(path: Path) -> LlamaForCausalLM:
    """The model of a GGUF file, every weight dequantized to float32, without rotary scaling."""
    reader = gguf.GGUFReader(path)

    def field(key: str):
        return reader.fields[f"llama.{key}"].contents()

    tensors = {t.name: t for t in reader.tensors}
    assert "rope_freqs.weight" not in tensors, f"{path} scales its rotary embedding"
    config = LlamaConfig(
        attn_implementation="eager",
        vocab_size=field("vocab_size"),
        hidden_size=field("embedding_length"),
        intermediate_size=field("feed_forward_length"),
        num_hidden_layers=field("block_count"),
        num_attention_heads=field("attention.head_count"),
        num_key_value_heads=field("attention.head_count_kv"),
        head_dim=field("attention.key_length"),
        max_position_embeddings=field("context_length"),
        rms_norm_eps=field("attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": field("rope.freq_base")},
        tie_word_embeddings="output.weight" not in tensors,
    )
    model = LlamaForCausalLM(config).float().eval()
    names = gguf_names(config)
    for name, parameter in model.named_parameters():
        tensor = tensors[names[name]]
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        values = values.reshape(tuple(parameter.shape))
        if heads := rotary_heads(names[name], config):
            values = swap_rotary_halves(values, heads, to_pairs=False)
        parameter.data = torch.from_numpy(values.copy())
    return model


def stage_names(config: LlamaConfig) -> list[str]:
    """What `activations` records, in order."""
    layers = [
        f"layer {layer} {part}"
        for layer in range(config.num_hidden_layers) for part in ("attention", "feed-forward")
    ]
    return ["embedding", *layers, "final norm"]


def activations(model: LlamaForCausalLM, ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Float32 hidden states `[stage, token, hidden]` and logits `[token, vocabulary]`. The stages
    are the embedding, the residual stream after each attention and each MLP, and the output of
    the final norm."""
    stages = []

    def record_output(_module, _inputs, output):
        stages.append(output[0].numpy().copy())

    def record_input(_module, inputs):
        stages.append(inputs[0][0].numpy().copy())

    recorded = [model.model.embed_tokens, *model.model.layers, model.model.norm]
    hooks = [module.register_forward_hook(record_output) for module in recorded]
    for layer in model.model.layers:
        hooks.append(layer.post_attention_layernorm.register_forward_pre_hook(record_input))
    with torch.no_grad():
        logits = model(torch.tensor([ids]), use_cache=False).logits[0].numpy()
    for hook in hooks:
        hook.remove()
    return np.stack(stages), logits


def llama_cpp_logits(path: Path, ids: list[int]) -> np.ndarray:
    """llama.cpp's logits `[token, vocabulary]` on the CPU, with a float32 KV cache."""
    f32 = llama_cpp.GGML_TYPE_F32
    model = llama_cpp.Llama(
        str(path), n_ctx=len(ids), n_batch=len(ids), logits_all=True, type_k=f32, type_v=f32,
        n_gpu_layers=0, verbose=False)
    model.eval(ids)
    return np.array(model.scores[: len(ids)])


def llama_cpp_perplexity(program: str, model: Path, text: Path, context: int) -> dict:
    """What llama-perplexity prints at the end."""
    run = subprocess.run(
        [program, "-m", model, "-f", text, "-c", str(context)], check=True, text=True,
        capture_output=True)
    value, error = re.search(r"PPL = ([\d.]+) \+/- ([\d.]+)", run.stdout + run.stderr).groups()
    return {"context": context, "perplexity": float(value), "error": float(error)}


def llama_cpp_quantize(source: Path, target: Path, file_type: int, pure: bool = True) -> None:
    """llama.cpp's llama-quantize. A `pure` file has every matrix in the one format."""
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = file_type
    parameters.pure = pure
    status = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(parameters))
    assert status == 0, f"llama.cpp could not quantize {source} to {target}"
