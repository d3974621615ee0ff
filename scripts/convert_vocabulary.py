#!/usr/bin/env python3
"""Write the vocabulary of a GGUF file as a folder with `tokenizer.json`, to compare Bora with
Hugging Face's `tokenizers` on vocabularies of full size.

usage: convert_vocabulary.py VOCABULARY.gguf FOLDER

Byte-level BPE vocabularies get GPT-4's pattern as Llama 3 has it, SentencePiece's BPE gets the
merges that its scores stand for, and its unigram model stays one.
"""
import json
import sys
from pathlib import Path

import gguf

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL, USER_DEFINED, UNKNOWN = 3, 4, 2


def score_merges(pieces: list[str], scores: list[float]) -> list[list[str]]:
    """Every way to make a piece of two, in the order in which SentencePiece would."""
    ids = {piece: index for index, piece in enumerate(pieces)}
    merges = []
    for piece, index in ids.items():
        ways = [(piece[:cut], piece[cut:]) for cut in range(1, len(piece))]
        ways = [way for way in ways if way[0] in ids and way[1] in ids]
        ways.sort(key=lambda way: (ids[way[0]], ids[way[1]]))
        merges += [(-scores[index], way) for way in ways]
    merges.sort(key=lambda merge: merge[0])
    return [list(way) for _, way in merges]


def main() -> None:
    source, folder = sys.argv[1], Path(sys.argv[2])
    fields = gguf.GGUFReader(source).fields

    def value(name: str, default=None):
        field = fields.get(f"tokenizer.ggml.{name}")
        return default if field is None else field.contents()

    model, pieces = value("model"), value("tokens")
    types = value("token_type", [1] * len(pieces))
    document = {
        "version": "1.0", "normalizer": None, "pre_tokenizer": None, "post_processor": None,
        "added_tokens": [
            {"id": index, "content": piece, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": types[index] != USER_DEFINED}
            for index, piece in enumerate(pieces)
            if types[index] in (SPECIAL, USER_DEFINED, UNKNOWN)],
    }
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    spaces = [{"type": "Prepend", "prepend": "\u2581"},
              {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]
    if model == "gpt2":
        split = {"type": "Split", "pattern": {"Regex": LLAMA3}, "behavior": "Isolated",
                 "invert": False}
        bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                  "use_regex": False}
        document["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [split, bytes_]}
        document["decoder"] = bytes_
        document["model"] = {
            "type": "BPE", "vocab": vocabulary, "ignore_merges": True,
            "merges": [[left, right] for left, right in
                       (merge.split(" ") for merge in value("merges"))]}
    else:
        document["normalizer"] = {"type": "Sequence", "normalizers": spaces}
        document["decoder"] = {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
            {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        if model == "llama":
            document["model"] = {
                "type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
                "vocab": vocabulary, "merges": score_merges(pieces, value("scores"))}
        elif model == "t5":
            document["model"] = {
                "type": "Unigram", "unk_id": value("unknown_token_id"), "byte_fallback": False,
                "vocab": [[piece, score] for piece, score in zip(pieces, value("scores"))]}
        else:
            sys.exit(f"{source}: no way to convert a vocabulary of kind {model}")
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    (folder / "tokenizer.json").write_text(text)
    # A model's configuration, so that the folder is one.
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": len(pieces),
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1,
        "num_attention_heads": 1, "num_key_value_heads": 1, "max_position_embeddings": 128,
        "rms_norm_eps": 1e-5}))


if __name__ == "__main__":
    main()
