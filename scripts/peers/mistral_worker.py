#!/usr/bin/env python3
"""Measure mistral.rs: prints a JSON object, tokens per second by test (`prompt`, `generation`).

Runs in the virtual environment of the peer. Requests are timed from outside, so a token's time
includes choosing it; what goes before the generated tokens is timed alone and subtracted.

usage: mistral_worker.py MODEL.gguf PROMPT GENERATION SEQUENCES
"""
import json
import sys
import tempfile
import time
from pathlib import Path

from mistralrs import ChatCompletionRequest, Runner, Which

# One token of every vocabulary used here.
WORD = " the"
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


def load(model: Path) -> Runner:
    with tempfile.NamedTemporaryFile("w", suffix=".jinja") as template:
        template.write(TEMPLATE)
        template.flush()
        return Runner(
            which=Which.GGUF(
                quantized_model_id=str(model.parent), quantized_filename=model.name),
            no_paged_attn=True, prefix_cache_n=0, jinja_explicit=template.name)


def main():
    runner = load(Path(sys.argv[1]))
    prompt, generation, sequences = map(int, sys.argv[2:5])

    def seconds(length: int, tokens: int) -> float:
        """From the start of all sequences to the last token of the last."""
        start = time.perf_counter()
        streams = [
            runner.send_chat_completion_request(ChatCompletionRequest(
                messages=[{"role": "user", "content": WORD * length}], model="default",
                max_tokens=tokens, temperature=0.0, ignore_eos=True, stream=True))
            for _ in range(sequences)]
        for stream in streams:
            for _ in stream:
                pass
        return time.perf_counter() - start

    seconds(1, 4)
    speeds = {}
    if prompt:
        speeds["prompt"] = prompt / seconds(prompt, 1)
    if generation:
        before = seconds(1, 1)
        speeds["generation"] = sequences * generation / (seconds(1, generation + 1) - before)
    print(json.dumps(speeds))


if __name__ == "__main__":
    main()
