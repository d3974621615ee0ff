"""The table of what was measured."""
from statistics import median
from typing import NamedTuple

from .cells import Cell
from .ratios import Interval, median_interval
from .results import Results

# Runs the same file as Bora, so its speed counts as a peer's; OpenVINO runs the nearest format it
# has and stands beside them.
SAME_FILE = ("llama.cpp", "ik_llama.cpp", "mistral.rs")
OTHER_FORMAT = "OpenVINO"
BORA = "Bora"


class Row(NamedTuple):
    """One test of a cell."""

    cell: Cell
    test: str
    pairs: int
    speeds: dict[str, float]
    shares: dict[str, float]
    # The fastest engine that ran the same file, by its median, and Bora's ratio to it.
    best: str | None
    ratio: Interval | None
    openvino: Interval | None


def rows(cell: Cell, results: Results) -> list[Row]:
    found = []
    for test in cell.work.tests:
        speeds, shares = {}, {}
        for engine in (BORA, *SAME_FILE, OTHER_FORMAT):
            if measured := results.speeds(test, engine):
                speeds[engine] = median(measured)
            if measured := results.shares(test, engine):
                shares[engine] = median(measured)
        if BORA not in speeds:
            continue
        best = max(
            (engine for engine in SAME_FILE if engine in speeds), key=speeds.get, default=None)
        found.append(Row(
            cell, test, len(results.speeds(test, BORA)), speeds, shares, best,
            ratio(results, test, best), ratio(results, test, OTHER_FORMAT)))
    return found


def ratio(results: Results, test: str, peer: str | None) -> Interval | None:
    """Bora's speed over a peer's, pair by pair."""
    pairs = results.pairs(test, BORA, peer) if peer else []
    return median_interval([bora / other for bora, other in pairs]) if pairs else None


def table(found: list[Row]) -> str:
    """As Markdown: medians of tokens per second, with the share of the machine's limit."""
    head = [
        "model", "test", BORA, *SAME_FILE, OTHER_FORMAT, "Bora ÷ best", "Bora ÷ OpenVINO", "pairs"]
    lines = [head, ["---"] * len(head)]
    for row in found:
        lines.append([
            f"{row.cell.shape} {row.cell.format}", row.cell.work.label(row.test),
            *(speed(row, engine) for engine in (BORA, *SAME_FILE, OTHER_FORMAT)),
            interval(row.ratio), interval(row.openvino), str(row.pairs)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def speed(row: Row, engine: str) -> str:
    if engine not in row.speeds:
        return "–"
    share = f" ({row.shares[engine]:.0%})" if engine in row.shares else ""
    text = f"{row.speeds[engine]:.1f}{share}"
    return f"**{text}**" if engine == row.best else text


def interval(value: Interval | None) -> str:
    if value is None:
        return "–"
    text = f"{value.median:.2f} [{value.low:.2f}, {value.high:.2f}]"
    return text if value.coverage >= 0.95 else f"{text} at {value.coverage:.0%}"


def document(found: list[Row]) -> list[dict]:
    """The same for programs."""
    return [
        {
            "shape": row.cell.shape, "format": row.cell.format,
            "test": row.cell.work.label(row.test), "pairs": row.pairs,
            "tokens_per_second": row.speeds, "limit_share": row.shares, "best_peer": row.best,
            "ratio": row.ratio and row.ratio._asdict(),
            "ratio_to_openvino": row.openvino and row.openvino._asdict(),
        }
        for row in found]
