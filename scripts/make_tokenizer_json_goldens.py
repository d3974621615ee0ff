#!/usr/bin/env python3
"""Write small `tokenizer.json` of every option that Bora reads, with what Hugging Face's
`tokenizers` makes of nasty texts: one file per tokenizer in
Tests/BoraTokenizersTests/Resources/json, and texts.json beside them.

A file holds `tokenizer` (the tokenizer.json), `ids`, a list per text, and `decoded`, the text of
these ids without special tokens: true where it is the text itself, null where bytes that are no
text would be shown differently.
"""
import base64
import json
import random
import shutil
import struct
from pathlib import Path

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers,
                        pre_tokenizers, processors, trainers)

from make_tokenizer_goldens import QWEN2, TRAINING

RESOURCES = Path(__file__).parent.parent / "Tests/BoraTokenizersTests/Resources/json"
SEED = 20_261_124
RANDOM_TEXTS = 40

LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|", 1)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
).replace(r'\"', '"')
# Classes that nest and intersect, intervals that repeat, escapes that Oniguruma reads its own way.
ODD = (
    r"\h{2,3}+|[\p{Lu}\p{Ll}&&[^\p{Greek}aeiou]]+|[[a-e][^\S\n]]+|\u4f60|\w+$|[^\w\s[x-z]]|(?m:a.b)"
    r"|\bthe\b|[[:digit:]]{,2}"
)

TEXTS = [
    "", " ", "  ", "\n", "a", " a", "a ", "  a  b ", "\ta\tb\t", "a\n\n b\r\n\r\nc \n",
    "Once upon a time there was a King, who had 3 daughters!", "I'm you're HE'S we'LL don't o'clock",
    "1 12 123 1234 12345 1,234,567 3.14 0xFF \u0663\u0664 \u00bd \u00b2\u00b3 \u2160",
    "def f(x):\n    return x ** 2  # square\n\n\tpass", "{\"k\": [1, true]} <a href=\"x\">&amp;</a>",
    "don't you do not 've ! , . ? it 's n't", "camelCaseHTMLParser snake_case_name SCREAMING",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u3053\u3093\u306b\u3061\u306f \uc548\ub155\ud558\uc138\uc694 \u1112\u1161\u11ab",
    "Gr\u00fc\u00dfe \u00e9 e\u0301 o\u0308 \u0130stanbul \u017fs \u1e9e \u01c5 \ufb01 \u2126 \u212b \u212a",
    "a\u0323\u0307 a\u0307\u0323 q\u0307\u0323 \u0344 \u1e9b\u0323 \u0958 \u2adc \ufdfa \u3300 \u00a0\u2003x",
    "\u041f\u0440\u0438\u0432\u0435\u0442 \u0393\u03b5\u03b9\u03ac \u03a3\u03ac\u03c2 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd\u2764\ufe0f\U0001f1e9\U0001f1ea",
    "\u200b\ufeff\u2028x\u0085y\x0bz\x0c\x1c\x00\x01\x7f\ufffd \ue000", "<s>a</s> b<mask>c <mask> d",
    "[CLS] hello [MASK], world [SEP]", "<x> <x><y>a<y> a<y>b <w>a <w> a<w> (<w>)", "\u2581a \u2581\u2581b",
    "<0x41><0x0A> <unk>", "ABC <N\u00c9> <n\u00e9> <ne\u0301>", "the the\u0301 the_ breathe a1b a\nb bbb", "A" * 40, " " * 33 + "x",
    "x" + "\n" * 20, "ab" * 30, "\u00e9" * 20, "zzzzqqqq\u4e00\u4e01\u9f98", "...---___!!!???", "12345678901234567890",
]
RANGES = [
    (0x20, 0x7E), (0x61, 0x7A), (0x30, 0x39), (0x09, 0x0D), (0x20, 0x20), (0xA1, 0x17F),
    (0x300, 0x33F), (0x391, 0x3A1), (0x410, 0x44F), (0x905, 0x939), (0x2010, 0x2027),
    (0x2160, 0x2180), (0x3041, 0x3096), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xFF01, 0xFF5E),
    (0x1F600, 0x1F640),
]
MORE = [
    "the little king don't know it's \u00fcber 1234 things; they're <good> and (bad), so: go!",
    "\u2581the\u2581house \u4f60\u597d \u043f\u0440\u0438\u0432\u0435\u0442 hello world, the end of the line.",
]


def random_text(rng: random.Random) -> str:
    text = []
    for _ in range(rng.randint(1, 8)):
        low, high = rng.choice(RANGES)
        text += [chr(rng.randint(low, high)) for _ in range(rng.randint(1, 5))]
    return "".join(text)


def byte_level(size: int = 330, **options) -> Tokenizer:
    """Byte-level BPE whose merges cross every cut that a pre-tokenizer could make."""
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False, max_token_length=8)
    tokenizer.train_from_iterator(TRAINING + MORE, trainer)
    return tokenizer


def split_bytes(*steps, size: int = 330) -> Tokenizer:
    tokenizer = byte_level(size)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return tokenizer


def sentence_piece(normalizer, pre_tokenizer, decoder, size: int = 420, **options) -> Tokenizer:
    """BPE on characters with byte fallback, as of Llama 2."""
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "\u2581")
    trainer = trainers.BpeTrainer(vocab_size=size - 259, show_progress=False, max_token_length=8)
    trained.train_from_iterator(TRAINING + MORE, trainer)
    model = json.loads(trained.to_str())["model"]
    names = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    vocabulary = {name: index for index, name in enumerate(names)}
    for piece in sorted(model["vocab"], key=model["vocab"].get):
        vocabulary.setdefault(piece, len(vocabulary))
    settings = {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True, **options}
    tokenizer = Tokenizer(models.BPE(
        vocab=vocabulary, merges=[tuple(merge) for merge in model["merges"]], **settings))
    tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


LLAMA2_DECODER = decoders.Sequence([
    decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(),
    decoders.Strip(" ", 1, 0)])


def llama2(**options) -> Tokenizer:
    return sentence_piece(
        normalizers.Sequence([
            normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]),
        None, LLAMA2_DECODER, **options)


def metaspace(scheme: str, split: bool) -> Tokenizer:
    return sentence_piece(
        None, pre_tokenizers.Metaspace("\u2581", prepend_scheme=scheme, split=split),
        decoders.Sequence([
            decoders.ByteFallback(), decoders.Metaspace("\u2581", prepend_scheme=scheme)]))


def word_piece(normalizer, **options) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=260, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator(TRAINING + MORE, trainer)
    if options:
        document = json.loads(tokenizer.to_str())
        document["model"].update(options)
        tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def unigram(byte_fallback: bool = False) -> Tokenizer:
    rng = random.Random(SEED)
    pieces = {"<unk>": 0.0, "<s>": 0.0, "</s>": 0.0}
    text = ("\u2581".join(" ".join(TRAINING + MORE).split()))
    for character in sorted(set(text)):
        pieces[character] = -rng.uniform(6, 9)
    for _ in range(220):
        start = rng.randrange(len(text) - 6)
        pieces.setdefault(text[start:start + rng.randint(2, 6)], -rng.uniform(3, 9))
    if byte_fallback:
        for byte in range(256):
            pieces[f"<0x{byte:02X}>"] = -20.0
    tokenizer = Tokenizer(models.Unigram(
        [(piece, round(score, 4)) for piece, score in pieces.items()], 0, byte_fallback))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("\u2581")
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace("\u2581")])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = processors.Sequence([
        processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", 2)]),
    ])
    return tokenizer


def character_map(rules: dict[str, str]) -> bytes:
    """SentencePiece's compiled rules: a double array of the keys, then the replacements."""
    replacements, values = b"", {}
    for old, new in rules.items():
        values[old.encode()] = len(replacements)
        replacements += new.encode() + b"\0"
    units, used = {}, set()

    def children(prefix: bytes) -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = {}
        for key in values:
            if key.startswith(prefix) and len(key) >= len(prefix):
                label = key[len(prefix)] if len(key) > len(prefix) else 0
                found.setdefault(label, []).append(key)
        return found

    def place(node: int, prefix: bytes) -> None:
        labels = children(prefix)
        base = 1
        while any((base ^ label) in used or (base ^ label) == 0 for label in labels):
            base += 1
        used.update(base ^ label for label in labels)
        offset = node ^ base
        assert offset < 1 << 21
        units[node] = units.get(node, 0) | offset << 10 | (1 << 8 if 0 in labels else 0)
        for label in labels:
            if label == 0:
                units[base] = values[prefix] | 1 << 31
            else:
                units[base ^ label] = label
                place(base ^ label, prefix + bytes([label]))

    used.add(0)
    place(0, b"")
    size = (max(units) | 0xFF) + 1
    array = b"".join(struct.pack("<I", units.get(index, 0x80000000 | 0x1FF)) for index in range(size))
    return struct.pack("<I", len(array)) + array + replacements


RULES = {
    "\u00a0": " ", "\t": " ", "\n": " ", "\ufb01": "fi", "\u2126": "\u03a9", "e\u0301": "\u00e9", "\uff01": "!",
    "\uff0c": ",", "\u00bd": "1\u20442", "\u200b": "", "\uac00": "ga", "o\u0308": "\u00f6", "\u212b": "\u00c5",
}


def with_tokens(tokenizer: Tokenizer, *tokens: AddedToken) -> Tokenizer:
    for token in tokens:
        if token.special:
            tokenizer.add_special_tokens([token])
        else:
            tokenizer.add_tokens([token])
    return tokenizer


ADDED = [
    AddedToken("<mask>", lstrip=True, special=True), AddedToken("<s>", special=True),
    AddedToken("</s>", rstrip=True, special=True), AddedToken("<x>", normalized=False),
    AddedToken("<y>", lstrip=True, rstrip=True, normalized=False),
    AddedToken("<w>", single_word=True, normalized=False), AddedToken("the", single_word=True),
    AddedToken("<N\u00c9>", normalized=True), AddedToken("  ", normalized=False),
]


def normalized(normalizer) -> Tokenizer:
    tokenizer = byte_level()
    tokenizer.normalizer = normalizer
    return tokenizer


def edited(tokenizer: Tokenizer, edit) -> str:
    """A file as the library would not write it, but reads."""
    document = json.loads(tokenizer.to_str())
    edit(document)
    return json.dumps(document)


def old_merges(document: dict) -> None:
    document["model"]["merges"] = [" ".join(merge) for merge in document["model"]["merges"]]


def affixed() -> Tokenizer:
    """BPE whose pieces say whether they begin or end a word."""
    tokenizer = Tokenizer(models.BPE(
        unk_token="?", continuing_subword_prefix="##", end_of_word_suffix="</w>", fuse_unk=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=260, special_tokens=["?"], continuing_subword_prefix="##",
        end_of_word_suffix="</w>", show_progress=False)
    tokenizer.train_from_iterator(TRAINING[:2] + MORE, trainer)
    return tokenizer


def tokenizers() -> dict[str, Tokenizer | str]:
    split, regex = pre_tokenizers.Split, Regex
    made: dict[str, Tokenizer | str] = {}
    for name, pattern in [("llama3", LLAMA3), ("qwen2", QWEN2), ("o200k", O200K), ("odd", ODD)]:
        made[f"split-{name}"] = split_bytes(split(regex(pattern), "isolated"))
    made["split-deepseek3"] = split_bytes(
        split(regex(r"\p{N}{1,3}"), "isolated"),
        split(regex("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"), "isolated"),
        split(regex(DEEPSEEK), "isolated"))
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        made[f"split-{behavior}"] = split_bytes(split(regex(r"[aeiou\d]| "), behavior))
        made[f"split-{behavior}-inverted"] = split_bytes(
            split(regex(r"[a-m ]+"), behavior, invert=True))
    made["split-empty"] = split_bytes(split(regex(r"(?=\d)|x*"), "isolated"))
    made["split-digits-of-three"] = split_bytes(
        split(regex(r"\p{N}+"), "isolated"), split(regex(r"(?=(\d{3})+(?!\d))"), "isolated"))
    made["split-digits-alone"] = split_bytes(split(regex(r"\d{1,3}(?=(?:\d{3})*\b)"), "isolated"))
    made["split-end"] = split_bytes(split(regex(r"\s+$"), "isolated"))
    made["split-string"] = split_bytes(split(".", "merged_with_previous"), split("e", "removed"))
    made["digits"] = split_bytes(pre_tokenizers.Digits(individual_digits=True))
    made["digits-together"] = split_bytes(pre_tokenizers.Digits(individual_digits=False))
    made["punctuation"] = split_bytes(pre_tokenizers.Punctuation())
    made["punctuation-contiguous"] = split_bytes(pre_tokenizers.Punctuation("contiguous"))
    made["whitespace"] = split_bytes(pre_tokenizers.Whitespace())
    made["whitespace-split"] = split_bytes(pre_tokenizers.WhitespaceSplit())
    made["delimiter"] = split_bytes(pre_tokenizers.CharDelimiterSplit("_"))
    tokenizer = byte_level()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    made["byte-level"] = tokenizer
    tokenizer = byte_level()
    # Falcon's: digits are looked for in the bytes' characters.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"),
        pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.Digits(),
        split(regex("[0-9][0-9][0-9]"), "isolated")])
    made["falcon"] = tokenizer
    made["ignore-merges"] = with_tokens(byte_level(ignore_merges=True), AddedToken("\u0120a b"))
    made["old-merges"] = edited(byte_level(), old_merges)
    made["untyped"] = edited(byte_level(), lambda d: d["model"].pop("type"))
    tokenizer = byte_level()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([])
    tokenizer.normalizer = normalizers.ByteLevel()
    made["normalizer-byte-level"] = tokenizer
    for form in ["NFC", "NFD", "NFKC", "NFKD"]:
        made[f"normalizer-{form.lower()}"] = normalized(getattr(normalizers, form)())
    made["normalizer-lowercase"] = normalized(normalizers.Lowercase())
    made["normalizer-strip-accents"] = normalized(
        normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]))
    made["normalizer-strip"] = normalized(normalizers.Strip(left=True, right=False))
    made["normalizer-replace"] = normalized(normalizers.Sequence([
        normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(r"\s{2,}|q+"), "_"),
        normalizers.Replace("the", "THE"), normalizers.Prepend(">")]))
    made["normalizer-bert"] = normalized(normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=True))
    made["added"] = with_tokens(byte_level(), *ADDED)
    tokenizer = with_tokens(byte_level(), *ADDED)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    made["added-normalized"] = edited(tokenizer, lambda d: None)
    made["llama2"] = llama2()
    made["llama2-no-fallback"] = llama2(byte_fallback=False)
    made["llama2-unfused"] = llama2(byte_fallback=False, fuse_unk=False)
    made["llama2-no-unknown"] = llama2(byte_fallback=False, unk_token=None)
    tokenizer = llama2()
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(), processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])])
    made["llama2-template"] = tokenizer
    made["gemma"] = sentence_piece(
        normalizers.Replace(" ", "\u2581"), pre_tokenizers.Split(" ", "merged_with_previous"),
        decoders.Sequence([
            decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]))
    for scheme in ["always", "first", "never"]:
        made[f"metaspace-{scheme}"] = metaspace(scheme, split=scheme != "first")
    made["affixed"] = affixed()
    made["wordpiece"] = word_piece(normalizers.BertNormalizer())
    made["wordpiece-cased"] = word_piece(
        normalizers.BertNormalizer(lowercase=False, strip_accents=False),
        max_input_chars_per_word=8)
    tokenizer = word_piece(normalizers.BertNormalizer(clean_text=False))
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made["wordpiece-bert"] = tokenizer
    made["unigram"] = unigram()
    made["unigram-bytes"] = unigram(byte_fallback=True)
    tokenizer = unigram()
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(character_map(RULES)), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1))
    made["unigram-precompiled"] = tokenizer
    return made


def main() -> None:
    rng = random.Random(SEED)
    texts = TEXTS + [random_text(rng) for _ in range(RANDOM_TEXTS)]
    shutil.rmtree(RESOURCES, ignore_errors=True)
    RESOURCES.mkdir(parents=True)

    def write(name: str, value) -> None:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        (RESOURCES / f"{name}.json").write_text(text + "\n")

    write("texts", texts)
    for name, made in tokenizers().items():
        document = made if isinstance(made, str) else made.to_str()
        tokenizer = Tokenizer.from_str(document)
        ids = [tokenizer.encode(text).ids for text in texts]
        decoded = [tokenizer.decode(tokens) for tokens in ids]
        decoded = [None if "\ufffd" in own else own == text or own
                   for text, own in zip(texts, decoded)]
        write(name, {"tokenizer": json.loads(document), "ids": ids, "decoded": decoded})


if __name__ == "__main__":
    main()
