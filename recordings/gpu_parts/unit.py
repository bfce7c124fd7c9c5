"""The package's unit tests, those on the GPU among them; each result as it comes."""

import collections
import importlib.util
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Recorder:
    """A plugin of pytest that writes a row for each test."""

    def __init__(self, write):
        self.write = write

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            if report.when == "teardown" and report.outcome == "passed":
                return
            row = {"test": report.nodeid, "outcome": report.outcome}
            if report.outcome != "passed":
                row["text"] = str(report.longrepr)[-1500:]
            self.write(row)


def measure(write, device, tiny):
    arguments = ["-q", "-p", "no:cacheprovider", "--tb=short", "--rootdir", str(ROOT)]
    cores = os.cpu_count() or 1
    if not tiny and cores >= 8 and importlib.util.find_spec("xdist"):
        arguments += ["-n", str(min(8, cores // 2))]
    tests = "tests/unit/test_cell.py" if tiny else "tests/unit"
    pytest.main([*arguments, str(ROOT / tests)], plugins=[Recorder(write)])


def summary(rows):
    words = []
    for place in ("cuda", "cpu"):
        chosen = [row for row in rows if ("[cuda" in row["test"] or "-cuda" in row["test"])
                  == (place == "cuda")]
        counts = collections.Counter(row["outcome"] for row in chosen)
        words += [f"{place}: " + ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))]
    return "; ".join(words)
