#!/usr/bin/env python3
"""Write what llama.cpp makes of nasty texts with small vocabularies of every kind, as GGUF files
hold them: Tests/BoraTokenizersTests/Resources/vocabularies.json.

A vocabulary holds `pieces`, `types`, `scores` and `merges`; what is given to `Tokenizer` with it;
and `ids`, a list per text of `texts`. The byte-level one has `ids` by pre-tokenizer; its merges
cross every cut that a pre-tokenizer could make. llama.cpp approximates the patterns of some models
with what C++ can express; for these the ids are those of `tokenizers` with the models' own.

llama.cpp is that of the llama-cpp-python that is installed (see llama_reference.py).
"""
import ctypes
import json
import random
import tempfile
from pathlib import Path

import gguf
import llama_cpp
from tokenizers import Regex, pre_tokenizers

from compare_tokenizers import SILENT, Reference, random_text
from make_tokenizer_json_goldens import (DEEPSEEK, O200K, RULES, byte_level, character_map, normalizers,
                                         sentence_piece, split_bytes, unigram, word_piece)

OUTPUT = Path(__file__).parent.parent / "Tests/BoraTokenizersTests/Resources/vocabularies.json"
SEED = 20_261_124

TEXTS = [
    "", " ", "a", "  a  b \n\n c\r\n \t d", "I'm you're HE'S we'LL 'tis", "1 12 123 1234 1,234,567 0xFF \u0661\u0662",
    "def f(x):\n    return x ** 2  # square\n\n\tpass;;\n/*/\n", "camelCaseHTML snake_case <a href='x'>...",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u3053\u3093\u306b\u3061\u306f\u30ab\u30bf\u30ab\u30ca \uc548\ub155 \u0e2a\u0e27\u0e31\u0e2a \u3105\u3106",
    "Gr\u00fc\u00dfe \u00e9 e\u0301x a\u0300\u0301 \u041f\u0440\u0438\u0432\u0435\u0442 \u05e9\u05dc\u05d5\u05dd \u0928\u092e\u0938\u094d\u0924\u0947 \u0393\u03b5",
    "\U0001f600\U0001f468\u200d\U0001f469 \u2764\ufe0f!!! ??? $5 <<=>> ~|` ^_^ \u201cx\u201d \u2026",
    "a\u00a0b\u3000c\u2028d\u0085e\u180ef\ufeffg\u200bh", "x" + " " * 21 + "y" + "\n" * 9 + " " * 33, "a\n\n\n\n\nb",
    "the  little   king,   the  house\n \n \n  and\tthe end  ", "<s>a</s> <mask> b <x> [CLS] c [SEP]",
    "hello (world) IMGIMGABCZ <sentinel:12> 12:34 a.b.c, 3.14; it's", "a b c d\u0301 e 1 2 x1y22z333w4444",
]
RANDOM_TEXTS = 14

# By what llama.cpp does. The first of a group stands for it.
NAMES = [
    ["default"],
    ["gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum",
     "modern-bert", "jina-v1-en", "jina-v2-code", "roberta-bpe", "mpt", "olmo", "jais", "trillion",
     "granite-docling", "exaone4"],
    ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
     "jina-v5-nano"],
    ["dbrx", "smaug-bpe", "chatglm-bpe"], ["glm4", "glm5"],
    ["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "hunyuan", "solar-open", "megrez",
     "grok-2"],
    ["qwen35"], ["ufakzeka"], ["minicpm5"], ["laguna"], ["jais-2"],
    ["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"],
    ["falcon"], ["deepseek-llm"], ["deepseek-coder"],
    ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"], ["spark2_5"],
    ["bloom", "poro-chat", "gpt3-finnish"], ["viking"], ["superbpe"],
    ["bailingmoe", "bailingmoe2", "llada-moe"], ["seed-coder"], ["exaone-moe"], ["chameleon"],
]

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
YOUTU = (
    "[\uac00-\ud7a3\u3131-\u318e]+|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-\u303f\ufe30-\ufe4f]+|[\u3105-\u312f]+"
    "|[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
)
AFMOE = (
    "\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u3040-\u309f\u30a0-\u30ff\uff65-\uff9f\u2f00-\u2fdf\u0e40-\u0e7f"
    "\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff"
)
KIMI = r"[\p{Han}]+|" + (
    O200K.replace(r"\p{M}]", r"\p{M}&&[^\p{Han}]]").replace(r"[\r\n/]*", r"[\r\n]*"))
OWN = [
    (["tekken"], [O200K.replace(CONTRACTIONS, "").replace("{1,3}", "")]),
    (["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"], [O200K]),
    (["granite-embed-multi-97m"], [O200K]),
    (["tiny_aya", "cohere2moe"], [r"\d{1,3}(?=(?:\d{3})*\b)", O200K]),
    (["afmoe"], [r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))", f"[{AFMOE}]+", DEEPSEEK]),
    (["youtu"], [YOUTU, O200K.replace("{1,3}", "")]),
    (["kimi-k2"], [KIMI]),
]


def write(path: Path, model: str, vocabulary: dict, settings: dict) -> None:
    writer = gguf.GGUFWriter(path, settings.pop("architecture", "llama"))
    writer.add_tokenizer_model(model)
    writer.add_token_list(vocabulary["pieces"])
    writer.add_token_types(vocabulary["types"])
    if vocabulary.get("scores"):
        writer.add_token_scores(vocabulary["scores"])
    if vocabulary.get("merges"):
        writer.add_token_merges(vocabulary["merges"])
    for key, value in settings.items():
        key = f"tokenizer.ggml.{key}"
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, bytes):
            writer.add_array(key, value)
        else:
            writer.add_string(key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def encode(model: str, vocabulary: dict, texts: list[str], **settings) -> list[list[int]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocabulary.gguf"
        write(path, model, vocabulary, settings)
        reference = Reference(path)
        ids = [reference.encode(text) for text in texts]
        reference.close()
    return ids


def pieces_of(document: dict) -> list[str]:
    vocabulary = document["model"]["vocab"]
    if isinstance(vocabulary, list):
        return [piece for piece, _ in vocabulary]
    return sorted(vocabulary, key=vocabulary.get)


def byte_level_vocabulary(texts: list[str]) -> dict:
    document = json.loads(byte_level(420).to_str())
    pieces = pieces_of(document)
    vocabulary = {
        "pieces": pieces, "types": [1] * len(pieces),
        "merges": [" ".join(merge) for merge in document["model"]["merges"]],
    }
    groups = []
    for names in NAMES:
        ids = encode("gpt2", vocabulary, texts, pre=names[0], add_bos_token=False)
        groups.append({"names": names, "ids": ids})
    for names, patterns in OWN:
        tokenizer = split_bytes(
            *(pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns), size=420)
        groups.append({"names": names, "ids": [tokenizer.encode(text).ids for text in texts]})
    return vocabulary | {"groups": groups}


def sentence_piece_vocabulary(texts: list[str]) -> dict:
    document = json.loads(sentence_piece(
        normalizers.Replace(" ", "\u2581"), None, None).to_str())
    pieces = pieces_of(document)
    made = ["".join(merge) for merge in document["model"]["merges"]]
    ranks = {piece: -float(rank) for rank, piece in reversed(list(enumerate(made)))}
    vocabulary = {
        "pieces": pieces + ["<mask>", "<x>"],
        "types": [2, 3, 3] + [6] * 256 + [1] * (len(pieces) - 259) + [3, 4],
        "scores": [ranks.get(piece, -1000.0) for piece in pieces] + [0.0, 0.0],
    }
    return vocabulary | {
        "ids": encode("llama", vocabulary, texts),
        "unspaced": encode("llama", vocabulary, texts, add_space_prefix=False, add_eos_token=True),
    }


def gemma_vocabulary(texts: list[str]) -> dict:
    document = json.loads(sentence_piece(
        normalizers.Replace(" ", "\u2581"), None, None).to_str())
    pieces = pieces_of(document)
    vocabulary = {
        "pieces": pieces + ["\n" * 5, "<mask>"],
        "types": [2, 3, 3] + [6] * 256 + [1] * (len(pieces) - 258) + [3],
        "merges": [" ".join(merge) for merge in document["model"]["merges"]
                   if "\n" not in "".join(merge)],
    }
    ids = encode("gemma4", vocabulary, texts, bos_token_id=1, eos_token_id=2)
    return vocabulary | {"ids": ids}


def word_piece_vocabulary(texts: list[str]) -> dict:
    document = json.loads(word_piece(normalizers.BertNormalizer()).to_str())
    pieces = [
        piece if piece.startswith("[") and len(piece) > 1
        else piece[2:] if piece.startswith("##") and len(piece) > 2 else "\u2581" + piece
        for piece in pieces_of(document)]
    # Two pieces of the one spelling can be one of the other.
    pieces = [f"[unused{index}]" if piece in pieces[:index] else piece
              for index, piece in enumerate(pieces)]
    vocabulary = {"pieces": pieces, "types": [3] * 5 + [1] * (len(pieces) - 5)}
    settings = {"bos_token_id": 2, "seperator_token_id": 3, "unknown_token_id": 1,
                "padding_token_id": 0, "mask_token_id": 4}
    return vocabulary | {
        "ids": encode("bert", vocabulary, texts, **settings),
        "cased": encode("bert", vocabulary, texts, **{"normalizer.lowercase": False}, **settings),
    }


def unigram_vocabulary(texts: list[str]) -> dict:
    document = json.loads(unigram().to_str())
    entries = [entry for entry in document["model"]["vocab"] if entry[0] != "the"]
    vocabulary = {
        "pieces": [piece for piece, _ in entries] + ["<mask>", "the"],
        "types": [2, 3, 3] + [1] * (len(entries) - 3) + [3, 4],
        "scores": [score for _, score in entries] + [0.0, 0.0],
    }
    settings = {"bos_token_id": 1, "eos_token_id": 2, "unknown_token_id": 0}
    return vocabulary | {
        "character_map": list(character_map(RULES)),
        "ids": encode("t5", vocabulary, texts, add_space_prefix=True,
                      remove_extra_whitespaces=True, add_bos_token=True,
                      precompiled_charsmap=character_map(RULES), **settings),
        "plain": encode("t5", vocabulary, texts, add_space_prefix=False,
                        remove_extra_whitespaces=False, **settings),
    }


def main() -> None:
    llama_cpp.llama_log_set(SILENT, ctypes.c_void_p(0))
    rng = random.Random(SEED)
    texts = TEXTS + [random_text(rng, []) for _ in range(RANDOM_TEXTS)]
    value = {
        "texts": texts, "byte_level": byte_level_vocabulary(texts),
        "sentence_piece": sentence_piece_vocabulary(texts), "gemma": gemma_vocabulary(texts),
        "word_piece": word_piece_vocabulary(texts), "unigram": unigram_vocabulary(texts),
    }
    OUTPUT.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
