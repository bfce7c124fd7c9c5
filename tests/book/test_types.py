"""A type checker passes a user's right program, and names what is wrong in another."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

RIGHT = """
import torch
from torch.nn.utils.rnn import PackedSequence, pack_sequence
from lstm_from_scratch import LSTM, LSTMCell, from_torch, to_torch, use_backend

lstm = LSTM(10, 20, num_layers=2, dropout=0.1, device="cpu", dtype=torch.float64)
output, (h_n, c_n) = lstm(torch.randn(5, 3, 10))
output, (h_n, c_n) = lstm(output, (h_n, c_n))
size: torch.Size = output.shape
packed: PackedSequence = lstm(pack_sequence([torch.randn(5, 10)]))[0]
h, c = LSTMCell(10, 20, bias=False)(torch.randn(3, 10))
with use_backend("inplace") as ran:
    names: list[str] = ran
w_hh: torch.Tensor = lstm.weights(layer=1).w_hh
theirs: torch.nn.LSTM = to_torch(lstm)
ours: LSTM = from_torch(theirs, share=True)
"""

# A line with a mistake in it: what the checker names.
WRONG = {
    'LSTM("10", 20)': "arg-type",
    "LSTM(10, 20, dropout=None)": "arg-type",
    "LSTM(10, 20, layers=2)": "call-arg",
    'lstm("a sequence")': "type-var",
    "lstm(output, h_n)": "arg-type",
    'lstm.weights("first")': "arg-type",
    "LSTMCell(10)": "call-arg",
    "use_backend(3)": "arg-type",
    "from_torch(torch.nn.GRU(10, 20))": "call-overload",
    "to_torch(theirs)": "call-overload",
}


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """Check the right lines and, behind them, the wrong ones: dict from line number to codes."""
    path = tmp_path_factory.mktemp("types") / "program.py"
    path.write_text(RIGHT + "\n".join(WRONG) + "\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-pretty", path], cwd=ROOT, capture_output=True,
        text=True, env=os.environ | {"MYPYPATH": str(ROOT)},
    )
    codes = {}
    for line, code in re.findall(r"program\.py:(\d+): error: .*\[([\w-]+)\]$", run.stdout, re.M):
        codes.setdefault(int(line), []).append(code)
    assert run.returncode == 1 and codes, run.stdout + run.stderr
    return codes


FIRST = RIGHT.count("\n") + 1  # where the wrong lines begin


def test_a_right_program_passes(errors):
    assert [line for line in errors if line < FIRST] == []


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_argument_is_named(errors, line):
    assert errors.get(FIRST + list(WRONG).index(line)) == [WRONG[line]]
