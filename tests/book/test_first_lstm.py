"""The program of the first LSTM: short, whole, the same as its chapter, with either LSTM."""

import ast
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from recordings import first_lstm_sweep as sweep

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "chapters" / "first_lstm.py"
SWEEP = ROOT / "recordings" / "first_lstm_sweep.py"
CHAPTER = ROOT / "chapters" / "03_your_first_lstm.ipynb"


def run(*command):
    child = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)
    assert child.returncode == 0, child.stderr
    return child.stdout.splitlines()


def parts(source):
    """Map the names of classes and functions to their code, with one way to write torch.nn."""
    tree = ast.parse(source.replace("torch.nn.", "nn."))
    kinds = (ast.ClassDef, ast.FunctionDef)
    return {node.name: node for node in tree.body if isinstance(node, kinds)}


def test_it_has_at_most_forty_lines():
    assert len(PROGRAM.read_text("utf-8").splitlines()) <= 40


@pytest.fixture(scope="module")
def printed():
    return run(PROGRAM)


def test_it_learns_to_read(printed):
    shares = [float(re.search(r"0\.\d{3}$", line)[0]) for line in printed]
    assert len(shares) == 21 and printed[-1].startswith("test accuracy")
    assert shares[0] < 0.6 < 0.92 < shares[-1]  # ten seeds: 0.94 to 0.98 on the test part


def test_with_our_lstm_it_prints_nearly_the_same(printed, tmp_path):
    """One line changes. Rounding differs, so a few of the 360 answers may."""
    (tmp_path / "data").mkdir()
    data = "data/digits.csv.gz"
    (tmp_path / data).write_bytes((PROGRAM.parent / data).read_bytes())
    source, changes = re.subn(
        r"^from torch.nn import LSTM .*$", "from lstm_from_scratch import LSTM",
        PROGRAM.read_text("utf-8"), flags=re.M,
    )
    assert changes == 1
    (tmp_path / PROGRAM.name).write_text(source)
    ours = run(tmp_path / PROGRAM.name)
    assert abs(float(ours[-1].split()[-1]) - float(printed[-1].split()[-1])) < 0.03


def test_the_chapter_has_the_same_class_and_functions():
    notebook = nbformat.read(CHAPTER, as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    told, whole = {}, parts(PROGRAM.read_text("utf-8"))
    for source in cells:
        if not source.startswith(("# Colab", "# @title")):
            told |= parts(source)
    assert set(whole) == {"DigitReader", "train_one_epoch", "accuracy"}
    # The functions of the chapter name some steps that the program writes in one line.
    assert ast.unparse(told["DigitReader"]) == ast.unparse(whole["DigitReader"])
    for name in ("train_one_epoch", "accuracy"):
        assert ast.unparse(told[name].args) == ast.unparse(whole[name].args)


def test_the_sweep_runs_and_its_recording_has_all_of_it():
    rows = [ast.literal_eval(line) for line in run(SWEEP, "--tiny")]
    assert [row["hidden_size"] for row in rows] == [None, 8]
    (path,) = (ROOT / "recordings" / "first_lstm").glob("*.json")
    report = json.loads(path.read_text("utf-8"))
    assert report["environment"]["device"] and report["date"]
    cases = {(row["hidden_size"], row["learning_rate"], row["seed"]) for row in report["rows"]}
    grid = itertools.product(sweep.SIZES, sweep.RATES, sweep.SEEDS)
    assert len(cases) == len(report["rows"]) and cases == set(grid)
    for row in report["rows"]:
        assert set(row) == set(rows[0])
        assert tuple(row["epochs"]) == sweep.SIZES[row["hidden_size"]]
        assert all(len(row[name]) == len(row["epochs"]) for name in ("validation", "test"))
    assert path.stem in CHAPTER.read_text("utf-8")
