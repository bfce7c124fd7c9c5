"""The comparison of networks: models and tasks, the program and what it recorded, the figures."""

import ast
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lstm_from_scratch.teaching import rival_models, rival_tasks, rivals
from recordings import time_series, train_surnames
from recordings import when_an_lstm as program
from tests.support.chapters import cells
from tests.support.drawings import assert_legible, strings

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "15_when_an_lstm_today"
KINDS = tuple(rival_models.KINDS)
random = np.random.default_rng(0)
RESULTS = {kind: random.random(10) for kind in KINDS}
GROWING = {kind: {16: 0.1, 256: 0.2, 1024: 0.4, 4096: 1.6} for kind in rivals.LOOKS}
DRAWN = {
    "keeping": rivals.keeping,
    "past": lambda: rivals.weights_of_the_past({"0.6": 0.6 ** np.arange(34),
                                                "0.95": 0.95 ** np.arange(34)}),
    "by seed": lambda: rivals.by_seed({name: ("share", RESULTS, 0.5) for name in "abc"}),
    "costs": lambda: rivals.costs({"time": ("steps", "ms", GROWING),
                                   "memory": ("steps", "numbers", GROWING)}),
    "choice": rivals.choice,
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_legible(name):
    assert_legible(DRAWN[name]())


def test_only_the_transformer_keeps_a_column_for_each_step():
    ax = rivals.keeping(steps=3).axes[0]
    heights = [round(patch.get_y(), 2) for patch in ax.patches if hasattr(patch, "get_y")]
    columns = [sum(low <= y < low + 0.8 for y in heights) // 4 for low in (3.05, 1.8, 0.5)]
    assert columns == [3, 3, 1 + 2 + 3]


def test_a_stroke_stands_at_the_mean_and_a_mark_at_every_seed():
    ax = DRAWN["by seed"]().axes[0]
    rule, *lines = ax.lines
    assert list(rule.get_xdata()) == [0.5, 0.5] and len(lines) == 2 * len(KINDS)
    for k, kind in enumerate(KINDS):
        marks, stroke = lines[2 * k : 2 * k + 2]
        assert np.array_equal(marks.get_xdata(), RESULTS[kind])
        assert np.allclose(stroke.get_xdata(), RESULTS[kind].mean())


def test_every_question_of_the_choice_has_two_ways_on():
    said = strings(rivals.choice())
    assert said.count("yes") == said.count("no") == 3


def test_a_table_has_columns():
    assert rivals.table([["a", 1, 22], ["bb", 333, 4]], (3, 4, 3)) == "a     1 22\nbb  333  4"


def body(kind, H_in=3, size=8):
    torch.manual_seed(1)
    return rival_models.KINDS[kind](H_in, size).double()


def random_input(L=9, N=2, H_in=3):
    torch.manual_seed(2)
    return torch.randn(L, N, H_in, dtype=torch.float64)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [1, 4, 8])
def test_pieces_give_what_the_whole_gives(kind, length):
    network, x = body(kind), random_input()
    whole, last = network(x)
    state, outputs = None, []
    for piece in x.split(length):
        output, state = network(piece, state)
        outputs.append(output)
    torch.testing.assert_close(torch.cat(outputs), whole)
    assert rival_models.kept(state) == rival_models.kept(last)


def sees_later_steps(network, x):
    """Tell whether the output at step 4 depends on step 5."""
    x = x.clone().requires_grad_()
    output, _ = network(x)
    output[4].sum().backward()
    return x.grad[5:].abs().max().item() > 1e-12  # a Fourier transform rounds


@pytest.mark.parametrize("kind", KINDS)
def test_no_step_sees_a_later_one(kind):
    assert not sees_later_steps(body(kind), random_input())


def test_a_step_that_sees_a_later_one_is_seen():
    assert sees_later_steps(nn.LSTM(3, 4, bidirectional=True).double(), random_input())


def test_the_block_is_that_of_pytorch():
    network, x = body("Transformer"), random_input()
    theirs = nn.TransformerEncoderLayer(8, rival_models.HEADS, 16, 0.0, "gelu", norm_first=True,
                                        dtype=torch.float64)
    names = {"norm1": "norm", "self_attn.out_proj": "joined", "norm2": "each_step.0",
             "linear1": "each_step.1", "linear2": "each_step.3"}
    ours = network.state_dict()
    weights = {f"{new}.{part}": ours[f"{old}.{part}"] for new, old in names.items()
               for part in ("weight", "bias")}
    weights |= {f"self_attn.in_proj_{part}": ours[f"to_queries_keys_values.{part}"]
                for part in ("weight", "bias")}
    theirs.load_state_dict(weights)
    inside = network.into(x)
    inside = inside + rival_models.places(0, len(x), 8, inside)
    mask = nn.Transformer.generate_square_subsequent_mask(len(x), dtype=torch.float64)
    expected = network.last_norm(theirs(inside, src_mask=mask))
    torch.testing.assert_close(network(x)[0], expected)


def test_places_differ_and_do_not_depend_on_where_reading_began():
    x = torch.zeros(1, dtype=torch.float64)
    whole = rival_models.places(0, 30, 8, x)
    torch.testing.assert_close(rival_models.places(10, 20, 8, x), whole[10:])
    distances = torch.cdist(whole[:, 0], whole[:, 0]) + torch.eye(30)
    assert distances.min() > 0.1


@pytest.mark.parametrize("L", [1, 2, 7, 40])
@pytest.mark.parametrize("with_state", [False, True])
def test_all_at_once_is_step_by_step(L, with_state):
    a = 0.95 * np.exp(1j * np.linspace(0, 3, 5))
    u = random.normal(size=(L, 2, 5)) + 1j * random.normal(size=(L, 2, 5))
    s = random.normal(size=(2, 5)) + 0j if with_state else np.zeros((2, 5), complex)
    state, expected = torch.from_numpy(s), []
    for u_t in u:
        s = a * s + u_t
        expected.append(s)
    found = rival_models.recur(torch.from_numpy(a), torch.from_numpy(u),
                               state if with_state else None)
    torch.testing.assert_close(found, torch.from_numpy(np.array(expected)))


def test_the_linear_recurrence_cannot_explode():
    network = body("linear recurrence")
    with torch.no_grad():
        network.decay.copy_(torch.linspace(-20, 20, 8))  # far from where the training begins
    output, state = network(random_input(L=2000))
    assert output.isfinite().all() and state.abs().max() < 100


def test_a_cache_doubles_its_room_and_keeps_what_was_written():
    x = torch.arange(12.0).view(1, 1, 12, 1)
    cache = rival_models.Cache(x[:, :, :1], -x[:, :, :1], 1)
    rooms = set()
    for t in range(1, 12):
        cache = cache.append(x[:, :, t : t + 1], -x[:, :, t : t + 1])
        rooms.add(cache.keys.shape[2])
        assert rival_models.kept(cache) == 2 * (t + 1)
    assert torch.equal(cache.keys[:, :, :12], x) and torch.equal(cache.values[:, :, :12], -x)
    assert len(rooms) == 3  # room for 4, 10 and 22 steps: few copies


def test_kept_counts_real_numbers():
    counts = [rival_models.kept(body(kind)(random_input(L=5, N=1))[1]) for kind in KINDS]
    assert counts == [8, 8, 16, 2 * 5 * 8, 16]


TASKS = {"digits": rival_tasks.digits(3), "sunspots": rival_tasks.sunspots(True),
         "surnames": rival_tasks.names()}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_model_is_close_to_the_budget_and_trains(name, kind):
    task = TASKS[name]
    torch.manual_seed(0)
    model = task.model(kind)
    count = rival_models.parameters_of(model)
    assert abs(count / task.budget - 1) < 0.07
    size = model.to_answers.in_features
    for other in (size - 2, size + 2):
        near = rival_models.Rival(kind, task.H_in, other, task.answers, task.symbols)
        assert abs(rival_models.parameters_of(near) - task.budget) >= abs(count - task.budget)
    before = task.judge(model, "test")
    rival_tasks.train(task, model, 0.01, 20)
    assert task.better(task.judge(model, "test"), before)


def test_a_budget_that_no_size_reaches_is_refused():
    with pytest.raises(ValueError, match="no size of plain RNN"):
        rival_models.fitted_size("plain RNN", 10**9, 8, 10)


def test_the_names_are_split_as_for_the_chapter_on_text():
    for part, some in zip(("training", "validation", "test"), train_surnames.parts(),
                          strict=True):
        x, y, _ = train_surnames.encoded(some)
        found_x, found_y = TASKS["surnames"].parts[part]
        L = x.shape[1]
        assert torch.equal(found_x[:L].T, x) and torch.equal(found_y[:L].T, y)
        assert (found_y[L:] == rival_tasks.CUT).all()


@pytest.mark.parametrize("final", [False, True])
def test_the_sunspots_are_those_of_the_chapter_on_time_series(final):
    problem = time_series.Problem("sunspots", "test" if final else "validation", 22)
    parts = rival_tasks.sunspots(final).parts
    for part, rows in (("training", problem.fitted), ("test", problem.judged)):
        x, y = parts[part]
        torch.testing.assert_close(x[:, :, 0].T, problem.scaled(problem.before)[rows])
        torch.testing.assert_close(y, problem.scaled(problem.after)[rows])
    longer = rival_tasks.sunspots(final, length=44).parts["test"]
    assert torch.equal(longer[0][22:], parts["test"][0])
    assert torch.equal(longer[1], parts["test"][1])


def test_another_seed_is_another_split_of_the_digits():
    one, same, other = (rival_tasks.digits(seed).parts["test"][0] for seed in (0, 0, 1))
    assert torch.equal(one, same) and not torch.equal(one, other)
    sizes = [len(y) for _, y in rival_tasks.digits(0).parts.values()]
    assert sizes == [1077, 360, 360]


class Silent(nn.Module):
    """Answers zeros: knows nothing."""

    def __init__(self, answers):
        super().__init__()
        self.answers = answers

    def forward(self, x):
        return torch.zeros(*x.shape[:2], self.answers)


def test_a_model_that_knows_nothing_is_judged_so():
    task = TASKS["surnames"]
    assert task.judge(Silent(50), "test") == pytest.approx(50, rel=1e-4)
    task = TASKS["sunspots"]
    y = task.parts["test"][1] * task.unit
    expected = y.square().mean().sqrt().item()
    assert task.judge(Silent(11), "test") == pytest.approx(expected, rel=1e-5)
    assert task.better(1.0, 2.0) and TASKS["digits"].better(0.9, 0.8)


def test_the_program_runs():
    command = [sys.executable, "recordings/when_an_lstm.py", "--tiny"]
    child = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    rows = [ast.literal_eval(line) for line in child.stdout.splitlines()]
    judged = [row for row in rows if row.get("part") == "judged"]
    assert {(row["task"], row["kind"]) for row in judged} == set(
        itertools.product(rival_tasks.TASKS, KINDS))
    assert {row["case"] for row in rows if "case" in row} == {
        "training step", "further symbol", "whole sequence"}
    assert {row["kind"] for row in rows if row.get("length") == 8} == {
        *KINDS, program.AGAIN, program.CELL}


def recorded(name):
    (path,) = (program.RESULTS / name).glob("*.json")
    report = json.loads(path.read_text("utf-8"))
    assert report["environment"]["device"] and report["date"]
    assert report["commit"] and not report["commit"].endswith("-dirty")
    assert path.name in "".join(cell.source for cell in cells(CHAPTER).values())
    return report["rows"]


def test_the_recording_of_the_quality_has_all_of_it():
    rows = recorded("quality")
    tuned = [(row["task"], row["kind"], row["rate"]) for row in rows if row["part"] == "tuning"]
    assert tuned == list(itertools.product(rival_tasks.TASKS, KINDS, program.RATES))
    judged = [row for row in rows if row["part"] == "judged"]
    assert {row["seed"] for row in rows if row["part"] == "tuning"} == {program.TUNED}
    assert [(row["seed"], row["task"], row["kind"]) for row in judged] == list(
        itertools.product(program.SEEDS, rival_tasks.TASKS, KINDS))
    best = program.chosen(rows)
    assert all(row["rate"] == best[row["task"], row["kind"]] for row in judged)
    assert all(row["steps"] == TASKS[row["task"]].steps for row in rows)


def test_the_recording_of_the_costs_has_all_of_it():
    rows = recorded("costs")
    places = [(row["case"], row.get("task", row.get("length")), row["kind"]) for row in rows]
    assert len(set(places)) == len(places)
    expected = set(itertools.product(["training step"], rival_tasks.TASKS, KINDS))
    expected |= set(itertools.product(["further symbol"], program.LENGTHS,
                                      [*KINDS, program.CELL]))
    expected |= {("further symbol", L, program.AGAIN) for L in program.LENGTHS
                 if L <= program.LONGEST_AGAIN}
    expected |= {("whole sequence", L, kind) for L in program.LENGTHS for kind in KINDS
                 if L <= program.LONGEST_WHOLE}
    assert set(places) == expected
    for row in rows:
        low, high = row["quartiles"]
        assert 0 < low <= row["ms"] <= high
        if row["case"] == "further symbol" and row["kind"] in KINDS:
            state = program.after(program.larger(row["kind"]), row["length"])
            assert row["kept"] == rival_models.kept(state)


def test_the_best_rate_is_chosen_by_the_measure_of_the_task():
    row = {"part": "tuning", "kind": "LSTM"}
    rows = [row | {"task": task, "rate": rate, "validation": value}
            for task in ("digits", "surnames") for rate, value in ((0.01, 0.5), (0.03, 0.7))]
    assert program.chosen(rows) == {("digits", "LSTM"): 0.03, ("surnames", "LSTM"): 0.01}


def test_the_rules_to_be_beaten_are_those_of_the_other_chapters():
    (line,) = [line for line in cells(CHAPTER)["rivals-seeds"].source.splitlines()
               if line.startswith("rules = ")]
    rules = ast.literal_eval(line.removeprefix("rules = "))
    (path,) = (ROOT / "recordings" / "first_lstm").glob("*.json")
    logistic = [row["test"][-1] for row in json.loads(path.read_text("utf-8"))["rows"]
                if row["hidden_size"] is None and row["learning_rate"] == 0.1]
    (path,) = (time_series.RESULTS / "sunspots").glob("*.json")
    (linear,) = [row["error"] for row in json.loads(path.read_text("utf-8"))["rows"]
                 if row["method"] == "linear" and row["part"] == "test"]
    stored = json.loads(train_surnames.WEIGHTS.read_text("utf-8"))["perplexity_of_ngrams"]
    best = min(stored.values(), key=lambda row: row["validation"])
    found = {"digits": np.mean(logistic), "sunspots": linear, "surnames": best["test"]}
    assert rules == {name: round(value, 3) for name, value in found.items()}
