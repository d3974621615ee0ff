"""What is measured: a cell is a model of a shape and a format, and one piece of work on it."""
from dataclasses import dataclass

SHAPES = ("llama-1b", "qwen3-0.6b")
FORMATS = ("Q8_0", "Q4_K_M", "Q4_0", "Q6_K", "BF16", "F16")
TESTS = ("prompt", "generation")


@dataclass(frozen=True)
class Work:
    """What an engine does in one run; a test of 0 tokens is left out."""

    name: str
    prompt: int
    generation: int
    # Tokens in the KV cache beforehand.
    depth: int = 0
    # Sequences that generate together; their speeds are added.
    sequences: int = 1

    @property
    def tests(self) -> tuple[str, ...]:
        return tuple(test for test in TESTS if getattr(self, test))

    def label(self, test: str) -> str:
        """As llama-bench names it: `pp512`, `tg128 @ d8192`, `tg64 × 8`."""
        kind = "pp" if test == "prompt" else "tg"
        depth = f" @ d{self.depth}" if self.depth else ""
        together = f" × {self.sequences}" if self.sequences > 1 else ""
        return f"{kind}{getattr(self, test)}{depth}{together}"


WORKS = (
    Work("alone", prompt=512, generation=128),
    Work("together", prompt=0, generation=64, sequences=8),
    Work("deep", prompt=512, generation=128, depth=8192),
)


@dataclass(frozen=True)
class Cell:
    shape: str
    format: str
    work: Work

    @property
    def name(self) -> str:
        return f"{self.shape}-{self.format}-{self.work.name}"


@dataclass(frozen=True)
class Run:
    """What one run of an engine gave: tokens per second by test."""

    speeds: dict[str, float]
    # What the machine could have done at that moment, where the engine says so.
    limits: dict[str, float]
