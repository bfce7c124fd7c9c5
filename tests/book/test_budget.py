"""The time of the notebooks: what was recorded stays in the budget, and nothing is left out.

`make notebooks` records the processor seconds of each notebook, because other programs on the same
machine do not change those.
"""

import json
import re
import subprocess
from pathlib import PurePosixPath

import nbformat
import pytest

from tests.support.chapters import CHAPTERS, ROOT, code_cells
from tools import notebooks

# Each notebook takes 5.5 s to start Python and to import torch, 25 of them 138 s.
ALL, ONE = 300, 30  # seconds
# Of a notebook that trains nothing, beside what any notebook takes to start Python and to import
# torch and matplotlib: that is what the shortest of all takes.
WITHOUT_TRAINING = 6
# A call of an optimizer, or of what holds one: first_lstm.py, rival_tasks.py.
TRAINS = re.compile(r"\.step\(\)|train_one_epoch\(|rival_tasks\.train\(")


def trains(path):
    return any(TRAINS.search(cell.source) for cell in code_cells(nbformat.read(path, 4)))


def complaints(seconds, training):
    """List what is over the budget.

    Args:
        seconds: {name: seconds of the notebook}.
        training: the names of the notebooks that train a model.
    """
    if sum(seconds.values()) > ALL:
        yield f"all notebooks: {sum(seconds.values()):.0f} s, more than {ALL}"
    start = min(seconds.values())
    for name, value in seconds.items():
        limit = ONE if name in training else start + WITHOUT_TRAINING
        if value > limit:
            yield f"{name}: {value} s, more than {limit}"


def recorded():
    rows = json.loads(notebooks.SECONDS.read_text("utf-8"))
    return {name: row["seconds"] for name, row in rows.items()}


def tracked():
    """List the notebooks that git tracks, wherever they are."""
    command = ["git", "ls-files", "*.ipynb"]
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()


def test_the_recorded_times_are_within_the_budget():
    training = {path.stem for path in CHAPTERS if trains(path)}
    assert list(complaints(recorded(), training)) == []


def test_every_tracked_notebook_has_a_recorded_time():
    missing = {PurePosixPath(name).stem for name in tracked()} - set(recorded())
    assert missing == set(), "run `make notebooks` for these"
    assert set(recorded()) <= {path.stem for path in CHAPTERS}, "recorded, but there is no such"


def test_every_tracked_notebook_runs_under_nbval():
    """The Makefile compares chapters/*.ipynb, and nothing else."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"^\t\$\(NBVAL\) .*chapters/\*\.ipynb$", makefile, re.M)
    assert {name for name in tracked() if PurePosixPath(name).parent.as_posix() != "chapters"} \
        == set()


@pytest.mark.parametrize(
    "seconds, words",
    [
        ({"shortest": 2, "a": 9}, "a: 9 s, more than 8"),
        ({"trained": 31}, "trained: 31 s, more than 30"),
        ({str(k): 8.5 for k in range(40)}, "all notebooks: 340 s, more than 300"),
    ],
)
def test_a_time_over_the_budget_is_seen(seconds, words):
    assert list(complaints(seconds, {"trained"})) == [words]
