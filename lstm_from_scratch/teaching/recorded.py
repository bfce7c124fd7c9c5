"""What `make bench` has measured, read from its file: times, speeds and memory by size."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from .files import repository_file

Sizes = tuple[int, int, int, int]  # L, N, H_in, H_cell
PYTORCH = "nn.LSTM"


class Benchmark:
    """One recording of times and peak memory, made on one machine.

    Args:
        name: of a file in recordings/benchmarks, without its ending.

    Checked by: tests/book/test_recorded.py.
    """

    def __init__(self, name: str) -> None:
        path = repository_file(f"recordings/benchmarks/{name}.json")
        report = json.loads(path.read_text(encoding="utf-8"))
        self.machine: dict[str, Any] = report["environment"] | {"date": report["date"]}
        self.rows: list[dict[str, Any]] = report["rows"]

    def cases(
        self, group: str, mode: str, value: str = "ms", threads: str = "one"
    ) -> dict[Sizes, dict[str, Any]]:
        """Return what was measured, by sizes and then by loop.

        Args:
            group: "sizes", "short", "ragged", "projection", "float64", "growth of L", "growth of
                N" or "growth of H".
            mode: "training", forward and backward, or "inference", forward alone.
            value: "ms", the median time, or "peak_mib".
            threads: "one" or "all".

        Returns:
            Dict from (L, N, H_in, H_cell) to a dict from the name of a loop to the value.
        """
        found: dict[Sizes, dict[str, Any]] = {}
        for row in self.rows:
            if (row["group"], row["mode"], row["threads"]) == (group, mode, threads):
                sizes = row["L"], row["N"], row["H_in"], row["H_cell"]
                found.setdefault(sizes, {})[row["variant"]] = row[value]
        return found

    def spread(
        self, group: str, mode: str, threads: str = "one"
    ) -> dict[Sizes, dict[str, tuple[float, float, float]]]:
        """Return the lower quartile, the median and the upper quartile of the times, in ms.

        Args:
            group, mode, threads: as in `cases`.
        """
        quartiles = self.cases(group, mode, "quartiles", threads)
        return {
            sizes: {name: (quartiles[sizes][name][0], ms[name], quartiles[sizes][name][1])
                    for name in ms}
            for sizes, ms in self.cases(group, mode, "ms", threads).items()
        }

    def speeds(
        self, group: str, mode: str, threads: str = "one"
    ) -> dict[Sizes, dict[str, float]]:
        """Return how many times as fast as `nn.LSTM` each loop of ours is: 2 takes half the time.

        Args:
            group, mode, threads: as in `cases`.
        """
        return {
            sizes: {name: ms[PYTORCH] / ms[name] for name in ms if name != PYTORCH}
            for sizes, ms in self.cases(group, mode, threads=threads).items()
        }


def column(cases: Mapping[Sizes, Mapping[str, Any]], name: str) -> list[Any]:
    """Pick what was measured of one loop, for each size."""
    return [row[name] for row in cases.values()]


def geometric_mean(values: Sequence[float]) -> float:
    """Average ratios: twice as fast and half as fast make 1."""
    return math.exp(sum(map(math.log, values)) / len(values))
