"""Time series: the program and its recording, the chapter that trains alike, and its figures."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_from_scratch.teaching import series
from recordings import time_series as program
from tests.support.chapters import cells
from tests.support.drawings import assert_legible, strings

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "13_time_series"
random = np.random.default_rng(0)
DAYS = np.arange("1992-01-01", "1993-01-01", dtype="datetime64[D]")
WAVE = np.sin(np.arange(366) / 30)
PANEL = {name: random.random((1 if name == "linear" else 10, 4)) + k
         for k, name in enumerate(("last value", "seasonal value", "linear", "LSTM", "GRU"))}
DRAWN = {
    "parts": lambda: series.parts({"a": (DAYS, WAVE, [DAYS[200], DAYS[300]])}, "year"),
    "two series": lambda: series.parts(
        {"a": (DAYS, WAVE, [DAYS[200], DAYS[300]]),
         "b": (DAYS, np.where(WAVE > 0.9, np.nan, WAVE), [DAYS[200], DAYS[300]])}, "year"),
    "cut": lambda: series.cut(12, 4, 3, 8),
    "beside": lambda: series.beside(DAYS, {"truth": WAVE, "LSTM": WAVE + 1}, "year", "ppm"),
    "two beside": lambda: series.beside(
        DAYS, {"truth": WAVE, "LSTM": WAVE + 1}, "year", "ppm",
        above={"truth": WAVE, "last value": WAVE}),
    "far and near": lambda: series.far_and_near(
        DAYS, WAVE, {"last value": WAVE - 1, "LSTM": WAVE + 1}, slice(60, 100),
        ["year", "week"], "ppm"),
    "over steps": lambda: series.over_steps(
        {"one": ([1, 2, 5, 11], PANEL), "two": ([1, 13, 26, 52], PANEL)},
        ["years ahead", "weeks ahead"], ["error", "error, ppm"]),
    "two ways": series.two_ways,
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_legible(name):
    assert_legible(DRAWN[name]())


def test_parts_begin_where_they_were_said_to():
    (ax,) = DRAWN["parts"]().axes
    starts = [patch.get_x() for patch in ax.patches]
    assert starts == [DAYS[k].astype(float) for k in (0, 200, 300)]
    assert {"training", "validation", "test"} <= set(strings(ax.figure))


@pytest.mark.parametrize(("border", "kinds"), [(8, (2, 2, 2)), (7, (1, 2, 3)), (12, (6, 0, 0))])
def test_only_windows_with_answers_on_one_side_are_used(border, kinds):
    """As in the chapter: training ends before the border, a test begins behind it."""
    ax = series.cut(12, 4, 3, border).axes[0]
    crossed = [line for line in ax.lines if line.get_linestyle() == "-"]
    assert len(crossed) == kinds[1]
    _, _, places = program.windows(np.arange(12), 4, 3)
    assert (places + 3 <= border).sum() == kinds[0] and (places >= border).sum() == kinds[2]
    said = set(strings(ax.figure)) & {"training", "test", "both sides: neither"}
    assert len(said) == sum(kind > 0 for kind in kinds)


def test_a_band_reaches_from_the_best_seed_to_the_worst():
    ax = DRAWN["over steps"]().axes[0]
    assert len(ax.lines) == 5 and len(ax.collections) == 4  # one seed has no band
    errors = PANEL["LSTM"]
    (line,) = [line for line in ax.lines if line.get_label() == "LSTM"]
    assert np.allclose(line.get_ydata(), errors.mean(axis=0))
    corners = ax.collections[2].get_paths()[0].vertices[:, 1]
    assert np.isclose(corners.min(), errors.min()) and np.isclose(corners.max(), errors.max())


def test_panels_of_forecasts_have_the_same_axes():
    """Or a forecast that misses the range looks as large as the truth below it."""
    above = {"truth": WAVE, "last value": 9 * WAVE}
    upper, lower = series.beside(DAYS, {"truth": WAVE}, "year", "ppm", above=above).axes
    assert upper.get_xlim() == lower.get_xlim() and upper.get_ylim() == lower.get_ylim()


def test_the_lower_panel_shows_the_part_and_every_forecast():
    upper, lower = DRAWN["far and near"]().axes
    assert [line.get_label() for line in upper.lines] == ["truth", "last value"]
    assert [line.get_label() for line in lower.lines] == ["truth", "last value", "LSTM"]
    assert [len(line.get_xdata()) for line in (upper.lines[0], lower.lines[2])] == [366, 40]
    assert list(lower.lines[1].get_ydata()) == list(WAVE[60:100] - 1)


def test_the_two_networks_have_two_colours():
    """Or nobody can say to which of them a band belongs."""
    axes = DRAWN["over steps"]().axes
    colours = {line.get_color() for line in axes[0].lines if line.get_label() in ("LSTM", "GRU")}
    assert len(colours) == 2


def test_the_program_runs():
    command = [sys.executable, "recordings/time_series.py", "--tiny"]
    child = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    rows = [ast.literal_eval(line) for line in child.stdout.splitlines()]
    assert {row["series"] for row in rows} == set(program.SERIES)
    assert {row["part"] for row in rows} == {"validation", "test"}
    assert all(len(row["errors"]) == len(row["ahead"]) for row in rows)


def recorded(name):
    (path,) = (program.RESULTS / name).glob("*.json")
    return path, json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", program.SERIES)
def test_the_recording_has_all_of_it(name):
    path, report = recorded(name)
    assert report["environment"]["device"] and report["date"]
    assert report["commit"] and not report["commit"].endswith("-dirty")
    kept = {}
    for row in report["rows"]:
        assert row["series"] == name and len(row["errors"]) == len(row["ahead"])
        key = [row.get(word) for word in ("part", "method", "window", "steps", "lags", "variant")]
        kept.setdefault(tuple(key), []).append(row["seed"])
    for key, seeds in kept.items():
        assert seeds == ([None] if key[1] not in program.CELLS else list(program.SEEDS)), key
    variants = {"windows overlap", "shuffled", "recursive"}
    variants |= {"level"} if program.SERIES[name].change else {"scaled on everything"}
    assert variants <= {key[-1] for key in kept}
    assert path.name in cells(CHAPTER)["series-recording"].source


@pytest.mark.parametrize("name", program.SERIES)
@pytest.mark.parametrize("method", program.CELLS)
def test_settings_were_chosen_on_the_validation_part(name, method):
    rows = recorded(name)[1]["rows"]
    judged = [row for row in rows if row["part"] == "validation"]
    chosen = {(row["window"], row["steps"]) for row in rows
              if row["method"] == method and row.get("chosen") and "variant" not in row}
    assert chosen == {program.best(judged, method=method)}


def defined(chapter):
    """Map the names of functions and classes of a chapter to their code."""
    found = {}
    for cell in cells(chapter).values():
        if cell.cell_type == "code" and not cell.source.startswith(("# Colab", "# @title")):
            for node in ast.parse(cell.source).body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    found[node.name] = node
    return found


def bare(node):
    """Write code without its docstring."""
    if ast.get_docstring(node):
        node.body = node.body[1:]
    return ast.unparse(node)


class Silent:
    """Stands for the display of the progress."""

    def update(self, _):
        pass


def test_the_chapter_has_the_same_functions_and_trains_alike():
    told = defined(CHAPTER)
    whole = {node.name: node for node in ast.parse(
        (ROOT / "recordings" / "time_series.py").read_text("utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for name in ("filled", "windows", "Forecaster"):
        assert bare(told[name]) == bare(whole[name])
    names = {"torch": torch, "nn": nn, "HTML": str, "display": lambda *_, **__: Silent()}
    exec(compile(ast.Module([told["train"]], []), "train", "exec"), names)
    problem = program.Problem("sunspots", "test", 22)
    ((expected, _),) = problem.trained("LSTM", 0, [5])
    torch.manual_seed(0)
    model = program.Forecaster(nn.LSTM, 1, 16, 11)
    fitted = torch.from_numpy(problem.fitted)
    before, after = problem.scaled(problem.before)[fitted], problem.scaled(problem.after)[fitted]
    names["train"](model, before, after, rate=0.01, batch=64, steps=5)
    torch.testing.assert_close(model.state_dict(), expected.state_dict())


def test_filling_knows_nothing_of_the_future():
    values = random.random(200)
    values[[3, 90, 91, 150]] = np.nan
    whole = program.filled(values)
    assert np.isfinite(whole).all()
    for end in (4, 92, 151, 180):
        assert np.array_equal(program.filled(values[:end]), whole[:end])


def test_a_gap_at_the_start_is_not_filled_from_the_end():
    filled = program.filled(np.array([np.nan, 2.0, np.nan, 99.0]))
    assert np.array_equal(filled, [np.nan, 2, 2, 99], equal_nan=True)


@pytest.mark.parametrize("name", program.SERIES)
def test_no_answer_of_the_training_lies_behind_the_border(name):
    values, validation, test = program.read(name)
    for part, border in (("validation", validation), ("test", test)):
        problem = program.Problem(name, part, 52)
        _, _, places = program.windows(values, 52, problem.ahead)
        assert (places[problem.fitted] + problem.ahead).max() == border
        assert places[problem.judged].min() == border
    leaky = program.Problem(name, "test", 52, variant="windows overlap")
    assert (places[leaky.fitted] + leaky.ahead).max() > test  # the leak that is measured
