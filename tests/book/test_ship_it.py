"""What the chapter on shipping stands on: its programs, its helpers, its figure, its recording.

What needs onnxruntime is in tests/export/test_ship_it.py.
"""

import json
import subprocess
import sys
import time

import nbformat
import pytest
import torch
from torch import distributed

from lstm_from_scratch.exchange.gates import GATE_ORDERS
from lstm_from_scratch.teaching import files, processes, shipping
from tests.support.chapters import ROOT
from tests.support.drawings import assert_legible, strings

CHAPTER = ROOT / "chapters" / "22_ship_it.ipynb"
several = pytest.mark.skipif(
    not (distributed.is_available() and distributed.is_gloo_available()),
    reason="this build of PyTorch has no torch.distributed, or no gloo in it",
)


# ---- two_processes.py -------------------------------------------------------------------


@several
def test_three_processes_compute_the_gradient_of_one(tmp_path):
    """The chapter runs it with two. Three do not divide the batch, nor the 1077 images by 64."""
    printed = shipping.torchrun("two_processes", tmp_path / "reader.pt", processes=3)
    assert printed.startswith("3 processes\n")
    assert "parts of the batch: (10, 8, 8) (20, 7, 8) (30, 6, 8)" in printed
    assert "mean: the gradient of one process: False" in printed
    assert "mean_of_all: the gradient of one process: True" in printed
    assert 0.8 < float(printed.rpartition("~")[2]) < 1
    weights = torch.load(tmp_path / "reader.pt", weights_only=True)
    reader = files.program("first_lstm").DigitReader(hidden_size=32)
    assert list(weights) == list(reader.state_dict())  # no prefix


@several
def test_the_mean_of_means_is_refused(tmp_path, monkeypatch):
    """The program compares gradients before it trains, and stops if they differ."""
    (tmp_path / "data").mkdir()
    for name in ("first_lstm.py", "two_processes.py", "data/digits.csv.gz"):
        (tmp_path / name).write_bytes((ROOT / "chapters" / name).read_bytes())
    program = tmp_path / "two_processes.py"
    right = "return losses.sum() * distributed.get_world_size() / count"
    source = program.read_text("utf-8")
    assert source.count(right) == 1
    program.write_text(source.replace(right, "return losses.mean()"), encoding="utf-8")
    monkeypatch.setattr(shipping, "repository_file", lambda name: program)
    with pytest.raises(RuntimeError, match="AssertionError"):
        shipping.torchrun("two_processes", tmp_path / "reader.pt")
    assert not (tmp_path / "reader.pt").exists()


# ---- helpers ----------------------------------------------------------------------------


def test_a_program_is_imported_once_and_its_classes_are_found_by_pickle():
    first_lstm = files.program("first_lstm")
    assert files.program("first_lstm") is first_lstm is sys.modules["first_lstm"]
    with pytest.raises(FileNotFoundError):
        files.program("not_there")


def test_what_is_missing_is_said(capsys):
    assert shipping.installed("torch", "numpy")
    assert capsys.readouterr().out == ""
    assert not shipping.installed("torch", "not_there")
    assert capsys.readouterr().out.endswith("To run them: pip install not_there\n")


def test_a_file_as_from_a_gpu(tmp_path):
    state = torch.nn.LSTM(3, 4).state_dict()
    torch.save(state, tmp_path / "cpu.pt")
    shipping.as_if_from_a_gpu(tmp_path / "cpu.pt", tmp_path / "gpu.pt")
    loaded = torch.load(tmp_path / "gpu.pt", map_location="cpu", weights_only=True)
    torch.testing.assert_close(loaded, state)
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="deserialize object on a CUDA device"):
            torch.load(tmp_path / "gpu.pt", weights_only=True)


def test_a_program_that_fails_says_why(tmp_path, monkeypatch):
    program = tmp_path / "fails.py"
    program.write_text("import sys\nprint('out')\nsys.exit('the reason')\n")
    monkeypatch.setattr(shipping, "repository_file", lambda name: program)
    with pytest.raises(RuntimeError, match="the reason"):
        shipping.run("fails")
    program.write_text("import sys\nprint(*sys.argv[1:])\n")
    assert shipping.run("fails", "a", tmp_path) == f"a {tmp_path}"


def test_the_times_are_those_of_the_calls():
    calls = []
    times = shipping.times_ms(lambda: calls.append(time.sleep(0.002)), repeats=5)
    assert len(calls) == len(times) == 5
    assert times.min() >= 1.9  # in ms


def test_the_table_of_gates_has_every_library_and_its_evidence():
    table = shipping.gate_table().splitlines()
    assert len(table) == 2 + len(GATE_ORDERS)
    assert "| ONNX | `i o f c` |" in "\n".join(table)
    assert sum("[quoted from](https://" in row for row in table) == 5
    assert sum("[run here](https://" in row for row in table) == 3


def test_the_figure_says_what_is_shared():
    figure = processes.two_processes()
    assert_legible(figure)
    texts = strings(figure)
    assert texts.count("the mean of all gradients") == 1
    for own in ("its images", "the whole model", "its gradient", "the same step"):
        assert texts.count(own) == 2


# ---- the recording ------------------------------------------------------------------


def test_the_recording_has_what_the_chapter_says_of_it():
    (path,) = (ROOT / "recordings" / "ship_it").glob("*.json")
    assert path.stem in CHAPTER.read_text("utf-8")
    recording = shipping.Served(path.stem)
    assert recording.machine["device"] and recording.machine["date"]

    def ms(H_cell, way, form="one step"):
        return recording.row(H_cell, way, form)["ms"]

    for H_cell, least, most in ((32, 0.26, 0.35), (128, 0.45, 0.52), (512, 0.26, 0.35)):
        assert least < ms(H_cell, "onnxruntime") / ms(H_cell, "nn.LSTM") < most
    assert 4.5 < ms(32, "8 bits", "whole") / ms(32, "nn.LSTM", "whole") < 5.5
    assert 8.5 < ms(512, "nn.LSTM") / ms(512, "8 bits") < 9.5
    for form in ("one step", "whole"):
        assert max(ms(512, "8 bits", form), ms(512, "bfloat16", form)) < ms(512, "nn.LSTM", form)
    sizes = [recording.row(512, way, "whole")["bytes"] for way in ("nn.LSTM", "8 bits")]
    assert round(sizes[0] / sizes[1], 1) == 3.9
    with pytest.raises(ValueError):
        recording.row(7, "nn.LSTM", "whole")


# ---- the chapter without the packages of the extra `export` ---------------------------

WITHOUT = """
import importlib.util, json, sys
sys.modules.update(dict.fromkeys({names}))  # an import of these raises
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in {names} else find_spec(name)
import matplotlib
matplotlib.use("agg")
space = {{"__name__": "__main__"}}
for name, source in json.load(sys.stdin):
    exec(compile(source, name, "exec"), space)
"""


def cells_without_processes():
    """The code of the chapter, but for two processes, which need a part of a minute."""
    left_out = ("setup-colab", "ship-torchrun", "ship-torchrun-load")
    cells = nbformat.read(CHAPTER, as_version=4).cells
    return [(cell.id, cell.source) for cell in cells
            if cell.cell_type == "code" and cell.id not in left_out]


def execute(names, cells):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(names=names)], input=json.dumps(cells),
        capture_output=True, text=True, cwd=ROOT,
    )


def test_the_chapter_goes_on_where_onnx_and_keras_are_missing():
    names = ["onnx", "onnxscript", "onnxruntime", "keras"]
    child = execute(names, cells_without_processes())
    assert child.returncode == 0, child.stderr
    assert "pip install onnx onnxscript onnxruntime\n" in child.stdout
    assert "pip install keras\n" in child.stdout
    assert "operations:" not in child.stdout


def test_a_missing_package_is_seen():
    child = execute(["onnx"], [("spoiled", "import onnx")])
    assert child.returncode == 1 and "ModuleNotFoundError" in child.stderr
