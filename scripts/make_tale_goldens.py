#!/usr/bin/env python3
"""Write what other engines compute with the embedded model: Tests/GoldenTests/Resources/tale.json.

  prompt        a text, its token ids, and the 20 greatest logits after it
  greedy        a chat, its rendered prompt, token ids, and the greedy continuation; `margin` is
                the smallest lead of a chosen token's logit over the next
  perplexity    of heldout.txt, copied beside the JSON, by each engine and file; the engine
                "transformers" is run in float32 on dequantized weights

usage: make_tale_goldens.py FOLDER LLAMA_PERPLEXITY

FOLDER holds the model as released: config.json, model.safetensors, tokenizer.json,
tokenizer_config.json, tale-q8_0.gguf, tale-bf16.gguf, heldout.txt. LLAMA_PERPLEXITY is llama.cpp's
program of that name.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer

from llama_reference import RESOURCES, activations, write_index
from reference_perplexity import load, perplexity

PROMPT = "Once upon a time there was a fox who lived in a deep forest near the king's castle."
MESSAGES = [{"role": "user", "content": "Tell me a story about a fox and a king."}]
GREEDY_TOKENS = 64
CONTEXT = 512
FEW_CHUNKS = 8


def top_logits(model, ids: list[int]) -> list[dict]:
    """The 20 greatest logits after the last token."""
    last = torch.from_numpy(activations(model, ids)[1][-1])
    values, tokens = last.topk(20)
    return [{"id": i, "logit": round(v, 5)} for i, v in zip(tokens.tolist(), values.tolist())]


def greedy(model, ids: list[int]) -> tuple[list[int], float]:
    """The greedy continuation, to GREEDY_TOKENS, and its smallest margin."""
    continuation, margin, cache, fresh = [], float("inf"), None, ids
    while len(continuation) < GREEDY_TOKENS:
        with torch.no_grad():
            output = model(torch.tensor([fresh]), past_key_values=cache, use_cache=True)
        values, tokens = output.logits[0, -1].topk(2)
        margin = min(margin, (values[0] - values[1]).item())
        continuation.append(tokens[0].item())
        cache, fresh = output.past_key_values, continuation[-1:]
    return continuation, margin


def llama_cpp_perplexity(program: str, model: Path, text: Path) -> dict:
    """What llama-perplexity prints at the end."""
    run = subprocess.run(
        [program, "-m", model, "-f", text, "-c", str(CONTEXT)], check=True, text=True,
        capture_output=True)
    value, error = re.search(r"PPL = ([\d.]+) \+/- ([\d.]+)", run.stdout + run.stderr).groups()
    return {"context": CONTEXT, "perplexity": float(value), "error": float(error)}


def perplexities(folder: Path, program: str, ids: list[int]) -> list[dict]:
    text = folder / "heldout.txt"
    rows = []
    for name, path in [("tale-q8_0.gguf", folder / "tale-q8_0.gguf"), ("safetensors", folder)]:
        model = load(path)
        for chunks in (FEW_CHUNKS, None):
            result = perplexity(model, ids, CONTEXT, chunks)
            rows.append({"engine": "transformers", "weights": name} | result)
    for name in ("tale-q8_0.gguf", "tale-bf16.gguf"):
        result = llama_cpp_perplexity(program, folder / name, text)
        rows.append({"engine": "llama.cpp", "weights": name} | result)
    return rows


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = load(folder / "tale-q8_0.gguf")

    prompt_ids = tokenizer(PROMPT)["input_ids"]
    rendered = tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    chat_ids = tokenizer(rendered)["input_ids"]
    continuation, margin = greedy(model, chat_ids)
    heldout_ids = tokenizer((folder / "heldout.txt").read_text(), verbose=False)["input_ids"]
    index = {
        "prompt": {
            "text": PROMPT, "ids": prompt_ids, "top_logits": top_logits(model, prompt_ids)},
        "greedy": {
            "messages": MESSAGES, "rendered": rendered, "ids": chat_ids,
            "continuation": continuation, "text": tokenizer.decode(continuation),
            "margin": margin},
        "heldout_tokens": len(heldout_ids),
        "perplexity": perplexities(folder, sys.argv[2], heldout_ids),
    }
    write_index(RESOURCES / "tale.json", index)
    shutil.copyfile(folder / "heldout.txt", RESOURCES / "heldout.txt")
    for row in index["perplexity"]:
        print(row)
    print(f"smallest margin {margin:.4f}: {index['greedy']['text']}")


if __name__ == "__main__":
    main()
