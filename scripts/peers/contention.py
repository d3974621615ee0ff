"""How much of the processors other work took meanwhile, as Linux counts it."""
import os
import time
from pathlib import Path

STATISTICS = Path("/proc/stat")


def busy_seconds() -> float:
    """Of all processors together since the start of the machine."""
    user, nice, system, _, _, interrupts, soft = map(
        int, STATISTICS.read_text().split("\n", 1)[0].split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


class Contention:
    """Measures from when it is made. Where there is no such count, nothing is ever taken."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now() -> tuple[float, float, float]:
        """The time, and what all processes and this one with its children have computed."""
        if not STATISTICS.exists():
            return time.monotonic(), 0.0, 0.0
        return time.monotonic(), busy_seconds(), sum(os.times()[:4])

    def cores(self) -> float:
        """Cores that other processes have taken since the start, on average."""
        elapsed, busy, own = (after - before for after, before in zip(self.now(), self.start))
        return max(0.0, busy - own) / elapsed if elapsed else 0.0
