"""Reading a recording: the rows that were asked for, and ratios the right way round."""

import json

import pytest

from lstm_from_scratch.teaching import recorded
from lstm_from_scratch.teaching.files import repository_file

NAME = "amd-epyc-avx512_2026-11-21"
SIZES = (32, 8, 64, 64)


@pytest.fixture(scope="module")
def benchmark():
    return recorded.Benchmark(NAME)


def row(**wanted):
    """Find one row in the file."""
    path = repository_file(f"recordings/benchmarks/{NAME}.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    sizes = dict(zip(("L", "N", "H_in", "H_cell"), SIZES, strict=True))
    (found,) = [row for row in rows if (sizes | wanted).items() <= row.items()]
    return found


@pytest.mark.parametrize("threads", ["one", "all"])
@pytest.mark.parametrize("mode", ["training", "inference"])
def test_what_is_read_is_what_was_measured(benchmark, mode, threads):
    where = {"group": "sizes", "mode": mode, "threads": threads}
    expected = row(**where, variant="inplace")
    theirs = row(**where, variant="nn.LSTM")
    assert benchmark.cases(**where)[SIZES]["inplace"] == expected["ms"]
    assert benchmark.cases(**where, value="peak_mib")[SIZES]["inplace"] == expected["peak_mib"]
    low, high = expected["quartiles"]
    assert benchmark.spread(**where)[SIZES]["inplace"] == (low, expected["ms"], high)
    speeds = benchmark.speeds(**where)[SIZES]
    assert speeds["inplace"] == theirs["ms"] / expected["ms"]
    assert "nn.LSTM" not in speeds


def test_other_groups_and_the_machine(benchmark):
    assert benchmark.machine["device"] and benchmark.machine["date"]
    packed = benchmark.cases("ragged", "training")
    assert SIZES in packed and packed != benchmark.cases("projection", "training")
    assert benchmark.cases("no such group", "training") == {}


def test_column_and_mean(benchmark):
    values = recorded.column({(1, 1, 1, 1): {"a": 2.0}, (2, 1, 1, 1): {"a": 0.5}}, "a")
    assert values == [2.0, 0.5]
    assert recorded.geometric_mean(values) == pytest.approx(1)
