"""The plots of costs, and the benchmark that makes the numbers: what is timed is the same LSTM."""

import json
from contextlib import nullcontext

import pytest
import torch

from lstm_from_scratch.kernels import choice
from lstm_from_scratch.teaching import costs, style
from recordings import benchmark as bench
from tests.support.drawings import assert_legible, overlaps, strings, written

ROWS = [
    ((4, 2, 5, 3), {"naive": 0.6, "plain": 0.72, "inplace": 0.7, "compiled": 0.9}),
    ((1000, 32, 128, 128), {"plain": 2.4, "inplace": 3.8, "compiled": 5.1}),
]
NAMED = [("projection, L = 100", ratios) for _, ratios in ROWS]
SHARES = {"H = 16": 0.02, "H = 512": 0.95}
PANELS = [
    (name, values, {"plain": [9.0 * v for v in values], "nn.LSTM": [1.0 * v for v in values]})
    for name, values in (("length L", [8, 64, 512]), ("batch size N", [1, 16, 128]),
                         ("units H", [16, 64, 512]))
]
QUARTILES = [
    (name, values, {loop: [(0.9 * v, v, 1.2 * v) for v in costs] for loop, costs in lines.items()})
    for name, values, lines in PANELS
]


def offsets(figure):
    """List the marks of all scatter plots."""
    return [tuple(map(float, p)) for ax in figure.axes for c in ax.collections
            for p in c.get_offsets()]


def test_a_ladder_has_a_mark_for_each_number():
    figure = costs.ladder(ROWS)
    expected = [(ratio, y) for y, (_, ratios) in enumerate(ROWS) for ratio in ratios.values()]
    assert offsets(figure) == expected
    assert figure.axes[0].get_xscale() == "log"
    assert figure.axes[0].get_xlabel() == "times as fast as nn.LSTM"


def test_the_sizes_of_a_ladder_stand_in_their_row_and_column():
    ax = costs.ladder(ROWS).axes[0]
    ax.figure.draw_without_rendering()
    where = {}  # text: (right edge, height)
    for text in ax.texts:
        frame = text.get_window_extent()
        where.setdefault(text.get_text(), []).append((frame.x1, frame.y0))
    for name, size in zip(costs.COLUMNS, ROWS[0][0], strict=True):
        assert where[str(size)][0][0] == pytest.approx(where[name][0][0], abs=2)
    heights = [where[str(size)][0][1] for size in ROWS[0][0]]
    assert max(heights) - min(heights) < 1 < min(heights) - where["1000"][0][1]


def test_growth_draws_the_numbers():
    figure = costs.growth(PANELS, "memory (MiB)")
    for ax, (name, values, lines) in zip(figure.axes, PANELS, strict=True):
        drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines]
        assert drawn == [(values, ys) for ys in lines.values()]
        assert ax.get_xlabel() == name and ax.get_yscale() == "log"
        assert not ax.collections
    assert figure.axes[0].get_ylabel() == "memory (MiB)"


def test_growth_draws_the_quartiles():
    for ax, (_, values, lines) in zip(costs.growth(QUARTILES, "ms").axes, QUARTILES, strict=True):
        bars = [list(map(tuple, part)) for c in ax.collections for part in c.get_segments()]
        ends = [((v, low), (v, high)) for rows in lines.values()
                for v, (low, _, high) in zip(values, rows, strict=True)]
        for bar, end in zip(bars, ends, strict=True):
            assert bar == [pytest.approx(point) for point in end]


def test_the_bars_of_shares_are_as_long_as_the_shares():
    figure = costs.shares(SHARES)
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == [100, pytest.approx(2), 100, pytest.approx(95)]
    assert {"2", "95"} <= set(strings(figure))
    assert_legible(figure)


@pytest.mark.parametrize("draw", [lambda: costs.ladder(ROWS * 4), lambda: costs.ladder(ROWS[1:]),
                                  lambda: costs.ladder(NAMED * 3),
                                  lambda: costs.growth(QUARTILES, "time (ms)"),
                                  lambda: costs.growth(PANELS, "memory (MiB)")])
def test_legible(draw):
    figure = draw()
    figure.draw_without_rendering()
    assert min(artist.get_fontsize() for artist in written(figure)) >= style.SMALL
    assert overlaps(figure) == []
    legend = [label.get_text() for label in figure.legends[0].get_texts()]
    assert legend and set(legend) <= set(costs.LOOKS)
    assert len(set(strings(figure))) > len(legend)


def test_looks_differ_in_colour_and_in_shape():
    colours, marks = zip(*costs.LOOKS.values(), strict=True)
    assert len(set(colours)) == len(set(marks)) == len(costs.LOOKS)
    elsewhere = {*style.COLOURS.values(), *style.AXES.values(), *style.DIRECTIONS, *style.CURVES}
    assert not elsewhere & set(colours)


# ---- the benchmark ------------------------------------------------------------------------------

TINY = [bench.case("tiny", 5, 4, 3, 6), bench.case("tiny", 5, 4, 3, 6, layout="ragged"),
        bench.case("tiny", 5, 4, 3, 6, proj_size=2)]


@pytest.mark.parametrize("row", TINY, ids=lambda row: f"{row['layout']}{row['proj_size']}")
@pytest.mark.parametrize("mode", bench.MODES)
def test_all_variants_compute_the_same(row, mode):
    names = bench.variants_of(row, "cpu")
    assert names[-1] == "nn.LSTM" and {"plain", "inplace", "compiled"} <= set(names)
    bench.check({name: bench.prepare(row, name, mode, "cpu") for name in names})


def test_a_variant_that_computes_something_else_is_seen(monkeypatch):
    right = bench.naive
    monkeypatch.setattr(bench, "naive", lambda *args: (right(*args)[0] * 1.001, None))
    names = ("naive", "nn.LSTM")
    runs = {name: bench.prepare(TINY[0], name, "inference", "cpu") for name in names}
    with pytest.raises(AssertionError, match="naive: "):
        bench.check(runs)


def test_a_wrong_gradient_is_seen(monkeypatch):
    right = choice.INPLACE.run_back

    def wrong(*args):
        d_a, *rest = right(*args)
        return d_a * 1.001, *rest

    monkeypatch.setattr(choice, "INPLACE", choice.INPLACE._replace(run_back=wrong))
    names = ("inplace", "nn.LSTM")
    for mode, fails in (("inference", False), ("training", True)):
        runs = {name: bench.prepare(TINY[0], name, mode, "cpu") for name in names}
        with pytest.raises(AssertionError, match="inplace: ") if fails else nullcontext():
            bench.check(runs)


def test_each_variant_runs_its_own_loop(monkeypatch):
    ran = []

    def spy(name, right):
        def run(*args, **kwargs):
            ran.append(name)
            return right(*args, **kwargs)

        return run

    for owner, name in ((bench.functional, "lstm_cell"), (bench.functional, "lstm_direction"),
                        (bench.nn.LSTM, "forward")):
        monkeypatch.setattr(owner, name, spy(name, getattr(owner, name)))
    inplace = choice.INPLACE._replace(run=spy("run", choice.INPLACE.run))
    monkeypatch.setattr(choice, "INPLACE", inplace)
    seen = {}
    for variant in bench.variants_of(TINY[0], "cpu"):
        ran.clear()
        bench.prepare(TINY[0], variant, "training", "cpu")()
        seen[variant] = set(ran)
    assert seen == {"naive": {"lstm_cell"}, "plain": {"lstm_direction"}, "inplace": {"run"},
                    "compiled": set(), "nn.LSTM": {"forward"}}


def test_ragged_lengths():
    for row in bench.grid():
        if row["layout"] == "ragged":
            lengths = bench.lengths(row)
            assert len(lengths) == row["N"] and max(lengths) == row["L"] and min(lengths) >= 1
            assert len(set(lengths)) > row["N"] / 2 and lengths != sorted(lengths, reverse=True)


def test_the_grid_has_no_case_twice_and_the_recordings_have_all_of_it():
    cases = [json.dumps(row) for row in bench.grid()]
    assert len(set(cases)) == len(cases)
    paths = sorted(bench.RESULTS.glob("*.json"))
    assert paths
    for path in paths:
        report = json.loads(path.read_text("utf-8"))
        device = "cuda" if "cuda" in report["environment"] else "cpu"
        assert {"torch", "numba", "device"} <= set(report["environment"])
        grid = bench.grid(device)
        made = [(json.dumps({k: row[k] for k in grid[0]}), row["mode"], row["variant"])
                for row in report["rows"]]
        assert made == [(json.dumps(case), mode, variant) for case in grid
                        for mode in bench.MODES for variant in bench.variants_of(case, device)]
        for row in report["rows"]:
            assert 0 < row["quartiles"][0] <= row["ms"] <= row["quartiles"][1]
            assert row["calls"] >= 7


def test_peak_memory_sees_what_a_call_allocates(monkeypatch):
    row = TINY[0]

    def prepare(*args):
        return lambda: torch.ones(2**22).sum()  # 16 MiB

    monkeypatch.setattr(bench, "prepare", prepare)
    peak = bench.peak_memory(row, "plain", "training", "cpu")
    assert peak is None or 15 < peak < 20
