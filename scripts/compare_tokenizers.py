#!/usr/bin/env python3
"""Compare `bora tokenize` with llama.cpp on vocabularies, and with Hugging Face's `tokenizers` on
`tokenizer.json`, and print how many texts differ.

usage: compare_tokenizers.py BORA FOLDER

FOLDER holds vocabularies, *.gguf, or folders of models with a tokenizer.json each, and llama.cpp's
test texts, *.gguf.inp, with a line `__ggml_vocab_test__` between, as `models` of llama.cpp's source
does. Every one of these texts is given to every vocabulary, and so are 1,000 random texts of each
vocabulary's own, which are made of what tokenizers tell apart: letters of many scripts, digits,
marks, emoji with joiners, runs of white space, special tokens, private use. llama.cpp is that of
the llama-cpp-python that is installed (see llama_reference.py).
"""
import ctypes
import json
import random
import subprocess
import sys
from pathlib import Path

import llama_cpp
import tokenizers

SEED = 20_261_124
RANDOM_TEXTS = 1_000
SEPARATOR = "\n__ggml_vocab_test__\n"

RANGES = [
    (0x20, 0x7E), (0x20, 0x7E), (0x61, 0x7A), (0x41, 0x5A), (0x30, 0x39), (0x09, 0x0D), (0x20, 0x20),
    (0x0A, 0x0A), (0xA0, 0xFF), (0x100, 0x17F), (0x300, 0x341), (0x391, 0x3A1), (0x410, 0x44F),
    (0x5D0, 0x5EA), (0x620, 0x64A), (0x660, 0x669), (0x905, 0x939), (0xE01, 0xE30), (0x1F00, 0x1F15),
    (0x2010, 0x2027), (0x2030, 0x205E), (0x2160, 0x2188), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x2460, 0x249B), (0x3000, 0x3011), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FA5),
    (0xAC00, 0xD7A3), (0xE000, 0xE010), (0xFB00, 0xFB06), (0xFF01, 0xFF5E), (0x1D400, 0x1D450),
    (0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x20000, 0x20100),
]
PARTS = [
    "\u180e", "\ufeff", "\u200b", "\u200d", "\x00", "\x1c", "\x7f", "\x85", "\u00a0", "\u2028",
    "\ufffd", "\u2581", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd",
    "\u2764\ufe0f", "e\u0301", "don't", "I'LL", "we've", "it's", " the", " The", "1234567", "3.14",
    "http://a.b/c?d=e", "\r\n", "\n\n\n", "\t\t", "    ", "        ", "...", "---", "!!", "camelCase",
    "\ufb01", "\u2126", "\u1e9e", "\u0130", "\u01c5",
]


def random_text(rng: random.Random, specials: list[str]) -> str:
    text = []
    for _ in range(rng.randint(1, 12)):
        choice = rng.random()
        if choice < 0.05 and specials:
            text.append(rng.choice(specials))
        elif choice < 0.25:
            text.append(rng.choice(PARTS))
        elif choice < 0.3:
            text.append(rng.choice(" \n\t") * rng.randint(1, 40))
        else:
            low, high = rng.choice(RANGES)
            text += [chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8))]
    return "".join(text)


class Reference:
    """llama.cpp's reading of a vocabulary."""

    def __init__(self, path: Path) -> None:
        parameters = llama_cpp.llama_model_default_params()
        parameters.vocab_only = True
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        assert self.model, path
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)

    def close(self) -> None:
        llama_cpp.llama_model_free(self.model)

    def specials(self) -> list[str]:
        texts = []
        for token in range(llama_cpp.llama_vocab_n_tokens(self.vocabulary)):
            attributes = llama_cpp.llama_vocab_get_attr(self.vocabulary, token)
            if attributes & (llama_cpp.LLAMA_TOKEN_ATTR_CONTROL
                             | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED):
                texts.append(llama_cpp.llama_vocab_get_text(self.vocabulary, token).decode())
        return texts

    def encode(self, text: str) -> list[int]:
        data = text.encode()
        size = 4 * len(data) + 16
        tokens = (llama_cpp.llama_token * size)()
        count = llama_cpp.llama_tokenize(
            self.vocabulary, data, len(data), tokens, size, True, True)
        assert count >= 0
        return list(tokens[:count])


class HuggingFaceReference:
    """Its `tokenizers`' reading of a tokenizer.json."""

    def __init__(self, path: Path) -> None:
        self.tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))

    def close(self) -> None:
        pass

    def specials(self) -> list[str]:
        return [token.content for token in self.tokenizer.get_added_tokens_decoder().values()]

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text).ids


def encode(bora: str, path: Path, texts: list[str]) -> list[list[int]]:
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    result = subprocess.run(
        [bora, "tokenize", str(path), "--jsonl"], input=lines.encode(), capture_output=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.decode())
    output = result.stdout.decode().removesuffix("\n").split("\n")
    assert len(output) == len(texts)
    return [[int(token) for token in line.split()] for line in output]


def main() -> None:
    bora, folder = sys.argv[1], Path(sys.argv[2])
    llama_cpp.llama_log_set(SILENT, ctypes.c_void_p(0))
    paths = sorted(folder.glob("*.gguf"))
    paths += sorted(path.parent for path in folder.glob("*/tokenizer.json"))
    given = [""]
    for path in sorted(folder.glob("*.gguf.inp")):
        given += path.read_bytes().decode().split(SEPARATOR)
    given = list(dict.fromkeys(given))
    failed = False
    for path in paths:
        reference = HuggingFaceReference(path) if path.is_dir() else Reference(path)
        rng = random.Random(f"{SEED} {path.name}")
        specials = reference.specials()
        drawn = [random_text(rng, specials) for _ in range(RANDOM_TEXTS)]
        texts = given + drawn
        expected = [reference.encode(text) for text in texts]
        reference.close()
        try:
            actual = encode(bora, path, texts)
        except RuntimeError as error:
            print(f"{path.name}: {error}")
            failed = True
            continue
        wrong = [i for i in range(len(texts)) if actual[i] != expected[i]]
        of_given = sum(i < len(given) for i in wrong)
        print(f"{path.name}: {of_given} of {len(given)} test texts differ, "
              f"{len(wrong) - of_given} of {len(drawn)} random ones")
        for i in wrong[:3]:
            print(f"  {texts[i]!r}\n    llama.cpp {expected[i]}\n    Bora      {actual[i]}")
        failed = failed or bool(wrong)
    sys.exit(failed)


SILENT = llama_cpp.llama_log_callback(lambda *_: None)

if __name__ == "__main__":
    main()
