"""What the chapter on shipping runs with onnxruntime: the program that serves, the times."""

import ast
import copy
import subprocess
import sys

import pytest
import torch
from torch import nn

from lstm_from_scratch import from_torch, to_onnx
from lstm_from_scratch.teaching import files, shipping
from tests.support.chapters import ROOT

pytestmark = pytest.mark.filterwarnings(r"ignore:.isinstance\(treespec, LeafSpec\):FutureWarning")


def test_the_program_that_serves_runs_without_pytorch(tmp_path):
    first_lstm = files.program("first_lstm")
    torch.manual_seed(0)
    reader = first_lstm.DigitReader(hidden_size=8)
    rows = torch.arange(1797)
    expected = first_lstm.accuracy(reader, rows)
    served = copy.deepcopy(reader)
    served.lstm = from_torch(served.lstm)
    to_onnx(served.eval(), (first_lstm.images[:2],), tmp_path / "reader.onnx", verbose=False,
            input_names=["images"], output_names=["scores"])
    lines = shipping.run("serve_digits", tmp_path / "reader.onnx").splitlines()
    assert lines[0] == f"8 rows: ~{expected:.2f} of 1797 images are right"
    assert lines[2] == "torch was imported: False"


def test_the_program_that_serves_needs_its_file(tmp_path):
    with pytest.raises(RuntimeError, match="nothing.onnx"):
        shipping.run("serve_digits", tmp_path / "nothing.onnx")


def computes_in_bfloat16():
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
            nn.LSTM(8, 8)(torch.zeros(2, 1, 8))
    except RuntimeError:
        return False
    return True


WAYS = {"nn.LSTM", "8 bits", "bfloat16", "onnxruntime"}


def test_the_times_are_recorded_for_every_way_and_form():
    """On a processor that refuses an LSTM in bfloat16, for every other way."""
    program = ROOT / "recordings" / "ship_it.py"
    child = subprocess.run(
        [sys.executable, program, "--tiny"], capture_output=True, text=True, cwd=ROOT
    )
    assert child.returncode == 0, child.stderr
    rows = [ast.literal_eval(line) for line in child.stdout.splitlines()]
    here = WAYS if computes_in_bfloat16() else WAYS - {"bfloat16"}
    cases = {(way, form) for way in WAYS for form in ("whole", "one step")}
    assert {(row["way"], row["form"]) for row in rows} == {one for one in cases if one[0] in here}
    assert len(rows) == 2 * len(here)
    (path,) = (ROOT / "recordings" / "ship_it").glob("*.json")
    recording = shipping.Served(path.stem)
    assert len(recording.rows) == 3 * len(cases)
    for H_cell in (32, 128, 512):
        for way, form in cases:
            assert set(recording.row(H_cell, way, form)) == set(rows[0])
