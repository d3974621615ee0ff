"""Measured rounds, one JSON file for each cell, so that a run may be interrupted and go on."""
import json
import os
from dataclasses import asdict
from pathlib import Path

from .cells import Cell, Run


class Results:
    """The rounds of one cell. A round has a run of each engine, made one after the other."""

    def __init__(self, folder: Path, cell: Cell):
        self.path = folder / f"{cell.name}.json"
        self.rounds: list[dict[str, Run]] = []
        if self.path.exists():
            self.rounds = [
                {engine: Run(**run) for engine, run in entry.items()}
                for entry in json.loads(self.path.read_text())["rounds"]]

    def add(self, runs: dict[str, Run]):
        """Keeps a round. The file is never half written."""
        self.rounds.append(runs)
        document = {
            "rounds": [
                {engine: asdict(run) for engine, run in entry.items()} for entry in self.rounds]}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps(document, indent=1))
        os.replace(draft, self.path)

    def pairs(self, test: str, engine: str, other: str) -> list[tuple[float, float]]:
        """Speeds of two engines from the rounds that have both."""
        return [
            (entry[engine].speeds[test], entry[other].speeds[test]) for entry in self.rounds
            if all(name in entry and test in entry[name].speeds for name in (engine, other))]

    def speeds(self, test: str, engine: str) -> list[float]:
        return [speed for speed, _ in self.pairs(test, engine, engine)]

    def shares(self, test: str, engine: str) -> list[float]:
        """What an engine reached of the limit that Bora measured in the same round."""
        return [
            entry[engine].speeds[test] / entry["Bora"].limits[test] for entry in self.rounds
            if engine in entry and test in entry[engine].speeds
            and "Bora" in entry and test in entry["Bora"].limits]
