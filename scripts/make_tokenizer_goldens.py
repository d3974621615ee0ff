#!/usr/bin/env python3
"""Write what Hugging Face's `tokenizers` makes of many texts: one JSON per tokenizer in
Tests/BoraTokenizersTests/Resources.

  tale      the embedded model's tokenizer, with Llama 3's pattern
  gpt-2     trained here, with GPT-2's pattern
  qwen2     trained here, with Qwen 2's pattern

A file holds `pre` (the pre-tokenizer's name in model files), `pieces` by id, `controls` (ids),
`merges`, and `ids`, a list per text of texts.json.

usage: make_tokenizer_goldens.py TOKENIZER_JSON

TOKENIZER_JSON is the embedded model's tokenizer.json.
"""
import json
import random
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

RESOURCES = Path(__file__).parent.parent / "Tests/BoraTokenizersTests/Resources"
SEED = 20_260_101
RANDOM_TEXTS = 400

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

TEXTS = [
    "", " ", "  ", "\n", "\t", "\r\n", "\r\n\r\n  \n", "a", " a", "a ", "  a", "a  b", "a\tb", "a\n\nb",
    "Once upon a time there was a king who had three daughters.",
    "The quick brown fox jumps over the lazy dog. THE QUICK BROWN FOX! tHe QuIcK?",
    "I'm, you're, he's, we've, they'll, I'd, can't. I'M YOU'RE HE'S WE'VE THEY'LL I'D CAN'T",
    "'s't're've'm'll'd 'S'T'RE'VE'M'LL'D 'x 'sx ''s it's'nt o'clock rock'n'roll",
    "'\u017f 'S\u017f '\u017fs \u212a'\u212a don\u2019t it\u2019s",
    "1 12 123 1234 12345 123456 1234567 3.14159 1,000,000 0xFF 1e-5 2026-01-01 12:34:56 a1b22c333",
    "\u0663\u0664\u0665 \u0967\u0968\u0969\u096a \u00bd\u00be \u2160\u2161 \u2460\u2461\u2462\u2463 x\u00b2y\u00b3",
    "def f(x):\n    return x ** 2  # square\n\n\nclass A:\n\tpass\n",
    "for (int i = 0; i < n; ++i) { a[i] += b[i] * 2; } // done\r\n#include <stdio.h>\r\n",
    "let x = foo?.bar ?? [1, 2]; \"quoted\" 'single' `code` $VAR @user #tag %d ^ & * ~ | \\ /",
    '{"key": [true, null, 1.5e+10], "n\u00e4me": "\\u00e4"}',
    "   leading", "trailing   ", "a   b    c", "tabs\t\tand \t mixed  \t", " \n \n ", "x \n y\n\n\n z\n ",
    "\n\n\n\n", "    \n    x", "a\u00a0b\u00a0\u00a0c", "a\u2003b\u3000c\u2028d\u2029e\u0085f\u000bg\u000ch",
    "a\u180eb a \u180e b \u200b \u200d \ufeff x", "a\u001cb\u001db\u001eb\u001fb",
    "Gr\u00fc\u00dfe aus M\u00fcnchen, stra\u00dfe, \u00e6r\u00f8, na\u00efve caf\u00e9, \u0141\u00f3d\u017a, \u0130stanbul",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u041a\u0430\u043a \u0434\u0435\u043b\u0430?",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u6211\u559c\u6b22\u5403\u82f9\u679c\u3002",
    "\u3053\u3093\u306b\u3061\u306f\u4e16\u754c\u3001\u30ab\u30bf\u30ab\u30ca\u3068\u6f22\u5b57",
    "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 \u05e9\u05dc\u05d5\u05dd",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u0393\u03b5\u03b9\u03ac \u03c3\u03bf\u03c5 \u039a\u03cc\u03c3\u03bc\u03b5 \u10d2\u10d0\u10db\u10d0\u10e0\u10ef\u10dd\u10d1\u10d0",
    "\U0001f600\U0001f603 \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd\u2764\ufe0f",
    "e\u0301 o\u0308 n\u0303 a\u0300\u0301\u0302 \u0301 x\u0336y\u0336 \u00e9 vs e\u0301",
    "\U0001d400\U0001d401\U0001d7d8\U0001d7d9 \U00020000\U0002a6d6 \U0010ffff\ue000 \x00\x01\x7f",
    "!!! ??? ... --- ___ *** === ((( ))) [[]] <<>> \u201cquotes\u201d \u2013 \u2014 \u2026 \u00bf\u00a1",
    "$100 \u20ac50 \u00a320 100% 5\u00b0C \u2264 \u2265 \u2260 \u221e \u2211 \u222b \u2192",
    "https://example.org/path?q=1&r=a%20b#frag user@example.org C:\\Users\\x /usr/bin/env",
    "x!\n\ny?\r\nz.\n \n", "end.\n\n\n   Next", "a" * 100, " " * 100, "ab" * 60, "\n" * 50, "=" * 80,
    "abcdefghijklmnopqrstuvwxyz" * 4, "theandingionofto" * 8, "\U0001f600" * 30,
    "<|im_start|>user\nHello<|im_end|>\n", "<|im_start|", "<|endoftext|><|endoftext|>a<|im_end|>",
]

TRAINING = [
    "the king and the queen went into the forest, and there they saw the little house",
    "don't you think that it's the best thing we've seen? I'll say so, they're here; he'd go",
    "def main():\n    print('hello')\n    return 0\n\nif x == 1:\n    y += 22\n        z = 333\n",
    "Gr\u00fc\u00dfe \u00fcber die stra\u00dfe; \u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440; \u4f60\u597d\u4e16\u754c; "
    "\u3053\u3093\u306b\u3061\u306f; \U0001f600\U0001f603\U0001f600",
    "1 22 333 4444 55555 2024 2025 1999 100 1000 10000 ... !!! --- === \n\n\n \t\t  ",
]

# Ranges that random texts draw from: what splitting into words tells apart, and all of Unicode.
RANGES = [
    (0x20, 0x7E), (0x09, 0x0D), (0x20, 0x20), (0x30, 0x39), (0x61, 0x7A), (0x80, 0x24F),
    (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F),
    (0x2000, 0x206F), (0x2070, 0x218F), (0x2460, 0x24FF), (0x3000, 0x30FF), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3), (0xFE00, 0xFFFD), (0x1F300, 0x1F64F), (0x1D400, 0x1D7FF), (0x0, 0x10FFFF),
]


def random_text(rng: random.Random) -> str:
    """Runs of characters, each of one range."""
    text = []
    for _ in range(rng.randint(1, 8)):
        low, high = rng.choice(RANGES)
        for _ in range(rng.randint(1, 5)):
            point = rng.randint(low, high)
            if not 0xD800 <= point <= 0xDFFF:
                text.append(chr(point))
    return "".join(text)


def train(pattern: str, vocabulary: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], show_progress=False)
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def write(name: str, value) -> None:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    (RESOURCES / f"{name}.json").write_text(text + "\n")


def goldens(tokenizer: Tokenizer, pre: str, texts: list[str]) -> dict:
    pieces = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    for text, tokens in zip(texts, ids):
        assert tokenizer.decode(tokens, skip_special_tokens=False) == text, text
    return {
        "pre": pre, "pieces": pieces,
        "controls": sorted(tokenizer.get_added_tokens_decoder()),
        "merges": [" ".join(merge) for merge in merges], "ids": ids,
    }


def main() -> None:
    (path,) = sys.argv[1:]
    rng = random.Random(SEED)
    texts = TEXTS + [random_text(rng) for _ in range(RANDOM_TEXTS)]
    RESOURCES.mkdir(parents=True, exist_ok=True)
    write("texts", texts)
    write("tale", goldens(Tokenizer.from_file(path), "llama-bpe", texts))
    write("gpt-2", goldens(train(GPT2, 700), "gpt-2", texts))
    write("qwen2", goldens(train(QWEN2, 700), "qwen2", texts))


if __name__ == "__main__":
    main()
