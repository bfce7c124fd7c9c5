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

# Seconds: of one notebook, and of all of them in the mean. Of these, 5.5 s go into starting Python
# and importing torch.
ONE, MEAN = 30, 12
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
    mean = sum(seconds.values()) / len(seconds)
    if mean > MEAN:
        yield f"all notebooks: {mean:.1f} s in the mean, more than {MEAN}"
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
        ({"trained": 31, "a": 1, "b": 1}, "trained: 31 s, more than 30"),
        ({str(k): 12.5 for k in range(4)}, "all notebooks: 12.5 s in the mean, more than 12"),
    ],
)
def test_a_time_over_the_budget_is_seen(seconds, words):
    assert list(complaints(seconds, {"trained"})) == [words]
