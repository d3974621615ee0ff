#!/usr/bin/env python3
"""Compare greedy texts and perplexities of Bora and llama.cpp on one model in many file types.

Each file type is made from MODEL by llama.cpp. Both engines continue the same prompts, taking the
most likely token each time. Where the texts part, the two tokens that were chosen are compared in
both engines after the same ids: in a near tie, neither engine sees more between them than a few
times what separates the engines' logits at that place anyway. Exits with 1 where it is no near tie.

With --text, prints both engines' perplexities of it too, and Bora's in exact arithmetic: the engines
round activations in blocks of different sizes, and that says how far each is from the truth.

usage: compare_greedy.py --bora .build/release/bora MODEL.gguf
"""
import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import numpy as np

from llama_reference import llama_cpp_quantize

FILE_TYPES = [
    "F16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K",
    "IQ4_NL", "IQ4_XS"]
PROMPTS = [
    "Once upon a time",
    "There was once a fox who lived in a deep forest near the king's castle.",
    "The youngest of the three brothers said to the old woman,",
    "In the middle of the night the miller's daughter heard",
    "“Open the door,” cried the wolf,",
]
CONTEXT = 512
# Gaps up to so many times the RMS of the difference of the engines' logits are near ties.
NEAR_TIE = 6


@dataclass
class Parting:
    """Where two texts part. Gaps are the logit of Bora's token less that of llama.cpp's."""
    position: int
    tokens: tuple[str, str]
    bora_gap: float
    llama_gap: float
    engine_difference: float

    def is_near_tie(self) -> bool:
        return max(abs(self.bora_gap), abs(self.llama_gap)) <= NEAR_TIE * self.engine_difference


class Bora:
    def __init__(self, program: str, model: Path):
        self.program, self.model = program, model

    def run(self, command: str, *arguments: str) -> str:
        """Standard output of a command on the model."""
        line = [self.program, command, "-m", str(self.model), "--quiet", *arguments]
        process = subprocess.run(line, capture_output=True, text=True)
        if process.returncode != 0:
            sys.exit(f"{' '.join(line)} failed:\n{process.stderr}")
        return process.stdout

    def ids(self, text: str) -> list[int]:
        return [int(number) for number in self.run("tokenize", "--text", text).split()]

    def greedy(self, prompt: str, count: int) -> list[int]:
        """The continuation's ids, without one that ends it."""
        answer = json.loads(self.run(
            "run", "--raw", "--greedy", "--json", "--max-tokens", str(count), "--prompt", prompt))
        return [token["id"] for token in answer["tokens"]]

    def logits(self, ids: list[int]) -> np.ndarray:
        """After the last of the ids, `[vocabulary]`."""
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            self.run("logits", "--ids", " ".join(map(str, ids)), "--output", file.name)
            return np.load(file.name)[-1]

    def perplexity(self, text: Path, dtype: str = "auto") -> float:
        arguments = ("--file", str(text), "--context", str(CONTEXT), "--dtype", dtype, "--json")
        return json.loads(self.run("perplexity", *arguments))["perplexity"]


class LlamaCpp:
    def __init__(self, model: Path):
        self.model = llama_cpp.Llama(
            str(model), n_ctx=CONTEXT, n_batch=CONTEXT, logits_all=True, n_gpu_layers=0,
            verbose=False)

    def ids(self, text: str) -> list[int]:
        return self.model.tokenize(text.encode(), special=True)

    def text(self, token: int) -> str:
        return self.model.detokenize([token], special=True).decode(errors="replace")

    def greedy(self, prompt: list[int], count: int) -> tuple[list[int], list[np.ndarray]]:
        """The continuation's ids, without one that ends it, and the logits `[vocabulary]` that each
        was chosen by, and one more. These are not quite what llama.cpp computes for the same ids in
        one batch."""
        self.model.reset()
        continuation, logits, fresh = [], [], prompt
        while True:
            self.model.eval(fresh)
            logits.append(self.model.scores[self.model.n_tokens - 1].copy())
            fresh = [int(logits[-1].argmax())]
            ends = llama_cpp.llama_vocab_is_eog(self.model._model.vocab, fresh[0])
            if ends or len(continuation) == count:
                return continuation, logits
            continuation += fresh

    def perplexity(self, text: Path) -> float:
        """As llama-perplexity has it, which runs chunks alone and scores their second halves."""
        ids, losses, half = self.ids(text.read_text()), [], CONTEXT // 2
        for start in range(0, len(ids) - CONTEXT + 1, CONTEXT):
            chunk = ids[start : start + CONTEXT]
            if llama_cpp.llama_vocab_get_add_bos(self.model._model.vocab):
                chunk[0] = self.model.token_bos()
            self.model.reset()
            self.model.eval(chunk)
            logits = self.model.scores[half : CONTEXT - 1].astype(np.float64)
            chosen = np.take_along_axis(logits, np.array(chunk[half + 1 :])[:, None], axis=1)
            losses.append(np.logaddexp.reduce(logits, axis=1) - chosen[:, 0])
        return math.exp(np.mean(losses))


def compare(bora: Bora, llama: LlamaCpp, prompt: str, count: int) -> Parting | int:
    """Where the two continuations part, or how many tokens they agree on to the end."""
    ids = llama.ids(prompt)
    assert bora.ids(prompt) == ids, f"{prompt!r} is tokenized differently"
    ours, (theirs, all_llama_logits) = bora.greedy(prompt, count), llama.greedy(ids, count)
    if ours == theirs:
        return len(ours)
    agreed = next(
        (i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    bora_logits, llama_logits = bora.logits(ids + ours[:agreed]), all_llama_logits[agreed]
    pair = bora_logits.argmax(), llama_logits.argmax()
    return Parting(
        agreed, tuple(llama.text(token) for token in pair),
        *(float(logits[pair[0]] - logits[pair[1]]) for logits in (bora_logits, llama_logits)),
        float(np.sqrt(np.mean((bora_logits - llama_logits) ** 2))))


def print_greedy(name: str, bora: Bora, llama: LlamaCpp, count: int) -> bool:
    """Rows of one file type; whether every parting is a near tie."""
    are_ties = True
    for number, prompt in enumerate(PROMPTS, 1):
        result = compare(bora, llama, prompt, count)
        if isinstance(result, int):
            print(f"| {name} | {number} | all {result} | | | | |", flush=True)
            continue
        are_ties = are_ties and result.is_near_tie()
        print(f"| {name} | {number} | {result.position} | {result.tokens[0]!r}, "
              f"{result.tokens[1]!r} | {result.bora_gap:+.4f} | {result.llama_gap:+.4f} "
              f"| {result.engine_difference:.4f}{'' if result.is_near_tie() else ' **no tie**'} |",
              flush=True)
    return are_ties


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bora", required=True, help="the program `bora`")
    parser.add_argument("--max-tokens", type=int, default=128, help="tokens of each continuation")
    parser.add_argument("--text", type=Path, help="what to measure the perplexity of")
    parser.add_argument(
        "--types", default=FILE_TYPES, metavar="TYPE,TYPE…", help="llama-quantize's names for them",
        type=lambda names: names.split(","))
    parser.add_argument("model", type=Path, metavar="MODEL.gguf", help="in F32, F16 or BF16")
    options = parser.parse_args()

    are_ties, perplexities = True, []
    print("| type | prompt | tokens agreed on | Bora's, llama.cpp's | gap in Bora "
          "| gap in llama.cpp | RMS between the engines |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.types:
            path = Path(folder) / f"{name}.gguf"
            file_type = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{name}")
            llama_cpp_quantize(options.model, path, file_type, pure=False)
            bora, llama = Bora(options.bora, path), LlamaCpp(path)
            are_ties = print_greedy(name, bora, llama, options.max_tokens) and are_ties
            if options.text:
                text = options.text
                perplexities.append((
                    name, bora.perplexity(text, "f32"), bora.perplexity(text),
                    llama.perplexity(text)))
            path.unlink()
    if perplexities:
        print("\n| type | exact | Bora | llama.cpp | Bora and llama.cpp | each and exact |")
        print("| --- | --- | --- | --- | --- | --- |")
        for name, exact, ours, theirs in perplexities:
            print(f"| {name} | {exact:.4f} | {ours:.4f} | {theirs:.4f} "
                  f"| {100 * (ours / theirs - 1):+.2f} % "
                  f"| {100 * (ours / exact - 1):+.2f} %, {100 * (theirs / exact - 1):+.2f} % |")
    sys.exit(0 if are_ties else 1)


if __name__ == "__main__":
    main()
