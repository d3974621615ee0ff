"""Models by other people's code: `transformers` in float32 and llama.cpp on the CPU.

The scripts that make goldens share this. Needs what requirements.txt lists. llama-cpp-python
may be replaced by its unpacked sources and any build of the llama.cpp in them:
PYTHONPATH=llama_cpp_python-0.3.36 LLAMA_CPP_LIB_PATH=BUILD/bin.
"""
import ctypes
import importlib.metadata
import json
import math
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import torch
from transformers import (
    AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PretrainedConfig,
    PreTrainedModel)

RESOURCES = Path(__file__).resolve().parent.parent / "Tests" / "GoldenTests" / "Resources"

# The model types that GGUF calls otherwise.
GGUF_ARCHITECTURES = {"gemma3_text": "gemma3"}

# The families whose GGUF files keep the two components of a rotary pair next to each other.
PAIRED = {"llama", "granite", "smollm3"}


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


def random_model(seed: int, model_type: str = "llama", **config) -> PreTrainedModel:
    """A model with random float32 weights that keep activations near 1 and the logits' standard
    deviation near 2; larger ones would make attention amplify every rounding."""
    config = AutoConfig.for_model(
        model_type, pad_token_id=None, bos_token_id=0, eos_token_id=0, dtype="float32", **config)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    rng = np.random.default_rng(seed)
    for name, parameter in model.named_parameters():
        values = rng.standard_normal(tuple(parameter.shape), dtype=np.float32)
        if name.endswith("bias"):
            values *= 0.5
        elif "norm" in name:
            # Gemma's norms multiply by 1 more than their weight.
            values = (0 if model_type.startswith("gemma") else 1) + 0.2 * values
        else:
            gain = 2 if name.startswith(("lm_head", "model.embed_tokens")) else 1
            values *= gain / math.sqrt(parameter.shape[1])
        parameter.data = torch.from_numpy(values)
    return model


def swap_rotary_halves(weight: np.ndarray, heads: int, to_pairs: bool) -> np.ndarray:
    """Reorder the rows of a query or key projection (or its bias) within each head.

    `transformers` rotates component i with i + head width / 2; GGUF files of the families in
    `PAIRED` keep the two next to each other, at 2i and 2i + 1 (`to_pairs`).
    """
    order = (2, -1) if to_pairs else (-1, 2)
    rows = weight.reshape(heads, *order, *weight.shape[1:])
    return np.ascontiguousarray(rows.swapaxes(1, 2).reshape(weight.shape))


def rotary_heads(gguf_name: str, config: PretrainedConfig) -> int | None:
    """How many heads the rows of this weight belong to, if GGUF has them in another order."""
    if config.model_type not in PAIRED:
        return None
    if ".attn_q." in gguf_name:
        return config.num_attention_heads
    if ".attn_k." in gguf_name:
        return config.num_key_value_heads
    return None


def gguf_names(model: PreTrainedModel) -> dict[str, str]:
    """GGUF's name for every weight and bias of a model."""
    architecture = gguf_architecture(model.config)
    key = next(k for k, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)
    table = gguf.get_tensor_name_map(key, model.config.num_hidden_layers)
    return {
        name: table.get_name(name, try_suffixes=(".weight", ".bias"))
        for name, _ in model.named_parameters()}


def gguf_architecture(config: PretrainedConfig) -> str:
    return GGUF_ARCHITECTURES.get(config.model_type, config.model_type)


def tiny_vocabulary(size: int) -> tuple[list[str], list[str]]:
    """Tokens and merges of a byte-level BPE: one special token, printable ASCII, the space, and
    words of spaces up to `size`. Enough for a reader that insists on a tokenizer."""
    tokens = ["<|end|>"] + [chr(c) for c in range(ord("!"), ord("~") + 1)] + ["Ġ"]
    merges = []
    while len(tokens) < size:
        merges.append(f"{tokens[-1]} Ġ")
        tokens.append(tokens[-1] + "Ġ")
    return tokens, merges


def head_width(config: PretrainedConfig) -> int:
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def rotary_settings(config: PretrainedConfig) -> tuple[dict, dict | None]:
    """The rotary settings of full attention, and of windowed layers where they have their own."""
    settings = config.rope_parameters
    return settings.get("full_attention", settings), settings.get("sliding_attention")


def add_hyperparameters(out: gguf.GGUFWriter, config: PretrainedConfig) -> None:
    """Write the hyperparameters that llama.cpp's convert_hf_to_gguf.py would."""
    out.add_block_count(config.num_hidden_layers)
    out.add_context_length(config.max_position_embeddings)
    out.add_embedding_length(config.hidden_size)
    out.add_feed_forward_length(config.intermediate_size)
    out.add_head_count(config.num_attention_heads)
    out.add_head_count_kv(config.num_key_value_heads)
    out.add_layer_norm_rms_eps(config.rms_norm_eps)
    out.add_file_type(gguf.LlamaFileType.ALL_F32)
    if config.model_type in PAIRED:
        out.add_vocab_size(config.vocab_size)
        out.add_rope_dimension_count(head_width(config))
    if getattr(config, "head_dim", None):
        out.add_key_length(config.head_dim)
        out.add_value_length(config.head_dim)
    add_rotary_settings(out, config)
    if config.model_type.startswith("gemma"):
        out.add_sliding_window(config.sliding_window)
        if config.final_logit_softcapping:
            out.add_final_logit_softcapping(config.final_logit_softcapping)
        if config.attn_logit_softcapping:
            out.add_attn_logit_softcapping(config.attn_logit_softcapping)
    if config.model_type == "phi3":
        out.add_sliding_window(config.sliding_window or 0)
    if config.model_type == "granite":
        out.add_attention_scale(config.attention_multiplier)
        out.add_embedding_scale(config.embedding_multiplier)
        out.add_residual_scale(config.residual_multiplier)
        out.add_logit_scale(config.logits_scaling)


def add_rotary_settings(out: gguf.GGUFWriter, config: PretrainedConfig) -> None:
    rotary, windowed = rotary_settings(config)
    if config.model_type != "gemma2":
        out.add_rope_freq_base(rotary["rope_theta"])
    if windowed:
        out.add_rope_freq_base_swa(windowed["rope_theta"])
    kind = rotary["rope_type"]
    if config.model_type == "phi3":
        out.add_rope_dimension_count(int(head_width(config) * rotary["partial_rotary_factor"]))
        out.add_rope_scaling_orig_ctx_len(config.original_max_position_embeddings)
        if kind == "longrope":
            original = config.original_max_position_embeddings
            stretch = config.max_position_embeddings / original
            out.add_rope_scaling_attn_factors(
                math.sqrt(1 + math.log(stretch) / math.log(original)))
    elif kind in ("linear", "yarn"):
        out.add_rope_scaling_type(gguf.RopeScalingType(kind))
        out.add_rope_scaling_factor(rotary["factor"])
    if kind == "yarn":
        out.add_rope_scaling_orig_ctx_len(rotary["original_max_position_embeddings"])
        if "beta_fast" in rotary:
            out.add_rope_scaling_yarn_beta_fast(rotary["beta_fast"])
        if "beta_slow" in rotary:
            out.add_rope_scaling_yarn_beta_slow(rotary["beta_slow"])


def rotary_tensors(model: PreTrainedModel) -> dict[str, np.ndarray]:
    """What GGUF stores of the rotary embedding as tensors: by what each frequency is divided."""
    rotary, _ = rotary_settings(model.config)
    if rotary["rope_type"] == "longrope":
        return {
            f"rope_factors_{name}.weight": np.array(rotary[f"{name}_factor"], dtype=np.float32)
            for name in ("long", "short")}
    if rotary["rope_type"] == "llama3":
        width = head_width(model.config)
        unscaled = 1 / rotary["rope_theta"] ** (torch.arange(0, width, 2).float() / width)
        factors = unscaled / model.model.rotary_emb.inv_freq
        return {"rope_freqs.weight": factors.numpy().astype(np.float32)}
    return {}


def add_tokenizer(out: gguf.GGUFWriter, size: int) -> None:
    tokens, merges = tiny_vocabulary(size)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("llama-bpe")
    out.add_token_list(tokens)
    out.add_token_types([gguf.TokenType.CONTROL] + [gguf.TokenType.NORMAL] * (len(tokens) - 1))
    out.add_token_merges(merges)
    out.add_eos_token_id(0)
    out.add_add_bos_token(False)


def write_gguf(path: Path, model: PreTrainedModel) -> None:
    """Write a model in float32 as llama.cpp's convert_hf_to_gguf.py would."""
    config = model.config
    out = gguf.GGUFWriter(path, gguf_architecture(config))
    out.add_name(path.stem)
    add_hyperparameters(out, config)
    add_tokenizer(out, config.vocab_size)
    names = gguf_names(model)
    for name, parameter in model.named_parameters():
        values = parameter.detach().numpy()
        if heads := rotary_heads(names[name], config):
            values = swap_rotary_halves(values, heads, to_pairs=True)
        if config.model_type.startswith("gemma") and name.endswith("norm.weight"):
            values = values + 1
        out.add_tensor(names[name], values)
    for name, values in rotary_tensors(model).items():
        out.add_tensor(name, values)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def read_gguf(path: Path) -> LlamaForCausalLM:
    """The Llama of a GGUF file, every weight dequantized to float32, without rotary scaling."""
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
    names = gguf_names(model)
    for name, parameter in model.named_parameters():
        tensor = tensors[names[name]]
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        values = values.reshape(tuple(parameter.shape))
        if heads := rotary_heads(names[name], config):
            values = swap_rotary_halves(values, heads, to_pairs=False)
        parameter.data = torch.from_numpy(values.copy())
    return model


def stage_names(config: PretrainedConfig) -> list[str]:
    """What `activations` records, in order."""
    layers = [
        f"layer {layer} {part}"
        for layer in range(config.num_hidden_layers) for part in ("attention", "feed-forward")
    ]
    return ["embedding", *layers]


def activations(model: PreTrainedModel, ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Float32 hidden states `[stage, token, hidden]` and logits `[token, vocabulary]`. The stages
    are the residual stream after the embedding, after each attention and after each MLP."""
    stages = []

    def record_input(_module, inputs):
        stages.append(inputs[0][0].numpy().copy())

    # Each stage is what the next block begins with.
    following = []
    for layer in model.model.layers:
        has_four_norms = hasattr(layer, "pre_feedforward_layernorm")
        norm = "pre_feedforward_layernorm" if has_four_norms else "post_attention_layernorm"
        following += [layer, getattr(layer, norm)]
    following.append(model.model.norm)
    hooks = [module.register_forward_pre_hook(record_input) for module in following]
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


def llama_cpp_quantize(source: Path, target: Path, file_type: int, pure: bool = True) -> None:
    """llama.cpp's llama-quantize. A `pure` file has every matrix in the one format."""
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = file_type
    parameters.pure = pure
    status = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(parameters))
    assert status == 0, f"llama.cpp could not quantize {source} to {target}"
