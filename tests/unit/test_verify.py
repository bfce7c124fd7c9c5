"""The verification command: it sees bugs, says which row, and ties its report to the sources."""

import contextlib
import json
import shutil

import pytest
import torch

from lstm_from_scratch import functional, verify
from lstm_from_scratch.teaching.files import repository_file
from lstm_from_scratch.verify import reports

NO_GPU = "There is no report of a GPU yet: all that this page shows was measured on CPUs."
WITH_NUMBA = verify.version("numba") != "none"


@pytest.fixture
def short_grid(monkeypatch):
    """Every dtype, layout and kernel once, two layers, both directions."""
    grid = verify.grid("cpu")
    rows = [
        row
        for row in grid
        if (row["num_layers"], row["bias"], row["bidirectional"]) == (2, True, True)
        and (row["batch_first"], row["proj_size"], row["dropout"]) == (False, 8, 0.0)
    ]
    for name in ("dtype", "layout", "backend"):
        assert {row[name] for row in rows} == {row[name] for row in grid}
    monkeypatch.setattr(verify, "grid", lambda device: rows)
    return rows


def report_of(folder):
    (path,) = folder.glob("*.json")
    return json.loads(path.read_text("utf-8"))


def test_the_grid_covers_every_argument_and_dtype():
    rows = verify.grid("cpu")
    assert len({tuple(row.items()) for row in rows}) == len(rows)
    assert {row["dtype"] for row in rows if row["backend"] == "compiled"} == {"float64", "float32"}
    values = {key: {row[key] for row in rows} for key in rows[0]}
    assert values["dtype"] == {"float64", "float32", "bfloat16", "float16"}
    assert values["layout"] == {"batched", "unbatched", "packed"}
    assert all(len(seen) > 1 for key, seen in values.items() if key != "tf32")
    tf32 = [row for row in verify.grid("cuda") if row["tf32"]]
    assert {row["dtype"] for row in tf32} == {"float32"}
    assert {row["dtype"] for row in verify.grid("mps")} == {"float32", "bfloat16", "float16"}
    assert len(verify.grid("xpu")) > len(verify.grid("mps"))


def test_a_report(short_grid, tmp_path, capsys):
    assert verify.main(["--out", str(tmp_path)]) == 0
    count = len(short_grid)
    assert f"{count}/{count} rows" in capsys.readouterr().out
    report = report_of(tmp_path)
    assert {"torch", "numpy", "python", "device"} <= set(report["environment"])
    assert len(report["rows"]) == count
    for row in report["rows"]:
        stamp = reports.stamp(row["kernel"])
        assert stamp.items() <= row.items() and len(stamp) == 3
        assert row["kernel"] == row["backend"] or not WITH_NUMBA
        for part in ("outputs", "gradients"):
            assert 0 <= row[part]["ours"] <= row[part]["tolerance"]
            assert row[part]["torch"] is not None
        # a lower precision really was computed in: the error cannot be float64's
        if row["dtype"] != "float64":
            assert row["outputs"]["ours"] > 1e-9 and row["gradients"]["ours"] > 1e-9
    assert not list(tmp_path.glob("*.tmp"))


def test_a_bug_is_seen_and_named(short_grid, tmp_path, capsys, monkeypatch):
    right = functional.lstm_direction

    def wrong(*args, **options):
        output, h_n, c_n = right(*args, **options)
        return output, h_n, c_n * 1.2

    monkeypatch.setattr(functional, "lstm_direction", wrong)
    assert verify.main(["--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    spoiled = [row for row in short_grid if row["backend"] == "plain"]
    assert printed.count("missed: {") == len(spoiled) and '"dtype": "float16"' in printed
    passed = {row["backend"]: row["passed"] for row in report_of(tmp_path)["rows"]}
    # The bug was planted in one of them.
    assert passed == {"plain": False, "inplace": True, "compiled": True}


def test_nan_is_not_within_tolerance(short_grid, tmp_path, monkeypatch):
    right = functional.lstm_direction

    def wrong(*args, **options):
        return tuple(result * float("nan") for result in right(*args, **options))

    monkeypatch.setattr(functional, "lstm_direction", wrong)
    assert verify.main(["--out", str(tmp_path)]) == 1


def test_dropout_rows_compare_the_same_masks():
    rows = [row for row in verify.grid("cpu") if row["dropout"] and row["dtype"] == "float64"]
    row = verify.verify_row(rows[-1], "cpu", seed=0)
    assert row["passed"] and row["gradients"]["ours"] is not None


@pytest.mark.parametrize("device", verify.DEVICES[1:])
def test_no_device_no_report(tmp_path, monkeypatch, capsys, device):
    for place in (torch.cuda, torch.backends.mps, torch.xpu):
        monkeypatch.setattr(place, "is_available", lambda: False)
    with pytest.raises(SystemExit) as stop:
        verify.main(["--device", device, "--out", str(tmp_path)])
    assert stop.value.code == 2 and not list(tmp_path.iterdir())
    assert f"no device {device}" in capsys.readouterr().err


@pytest.mark.parametrize("device, message", [("mps", None), ("cpu", "not supported")])
def test_a_row_that_pytorch_refuses(monkeypatch, device, message):
    """Ours is still compared with the reference on mps; on a CPU a refusal would be a bug."""
    right = verify.run

    def run(module, x, hx, row, place, dtype):
        if isinstance(module, torch.nn.LSTM) and dtype is not torch.float64:
            raise RuntimeError("not supported")
        return right(module, x, hx, row, "cpu", dtype)

    monkeypatch.setattr(verify, "run", run)
    (row, *_) = (row for row in verify.grid("mps") if row["backend"] == "plain")
    with pytest.raises(RuntimeError, match=message) if message else contextlib.nullcontext():
        result = verify.verify_row(row, device, seed=0)
        assert result["passed"] and result["outputs"]["torch"] is None


# ---- the digest -------------------------------------------------------------------------------


@pytest.fixture
def sources(tmp_path):
    """A copy of the sources that decide the numbers."""
    root = tmp_path / "sources"
    for name in reports.SOURCES["compiled"]:
        path = root / reports.PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository_file(f"{reports.PACKAGE}/{name}"), path)
    return root


def change(root, name, old, new):
    path = root / reports.PACKAGE / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def changed(root):
    """List the kernels whose digest differs from that of the present code."""
    return [name for name in reports.SOURCES if reports.digest(name, root) != reports.digest(name)]


def test_the_digest_of_a_copy_is_the_same(sources):
    assert changed(sources) == []
    assert len({reports.digest(name) for name in reports.SOURCES}) == 3


@pytest.mark.parametrize(
    "old, new",
    [
        ('"""Advance the state by one time step.', '"""Something else.'),
        ("  # (N, H_cell) each", "  # another comment"),
        ("import torch\n", "import torch\n\n\n"),
        ("b_ih: Tensor | None", "b_ih: Tensor"),  # a type
    ],
)
def test_words_and_types_do_not_change_the_digest(sources, old, new):
    change(sources, "functional.py", old, new)
    assert changed(sources) == []


def test_neither_does_a_file_that_is_moved_and_divided(sources, monkeypatch):
    before = reports.digest("compiled")
    lines = (sources / reports.PACKAGE / "kernels/inplace.py").read_text("utf-8")
    first, second = lines.split("\n\ndef run(", 1)
    for name, text in (("a.py", first), ("b.py", f"import os\n\ndef run({second}")):
        (sources / reports.PACKAGE / name).write_text(text, encoding="utf-8")
    files = tuple(name for name in reports.SOURCES["compiled"] if name != "kernels/inplace.py")
    monkeypatch.setitem(reports.SOURCES, "compiled", ("b.py", *files, "a.py"))
    assert reports.digest("compiled", sources) == before


@pytest.mark.parametrize(
    "name, old, new, expected",
    [
        ("functional.py", "f_t * c_prev + i_t * g_t", "f_t * c_prev - i_t * g_t", 3),
        ("functional.py", "chunk(4, dim=-1)", "chunk(4, dim=-2)", 3),
        ("functional.py", "w_hr is not None", "w_hr is None", 3),
        ("functional.py", "b_ih: Tensor | None = None", "b_ih: Tensor | None = 0", 3),
        ("kernels/inplace.py", "WORTH_COPYING = 6", "WORTH_COPYING = 7", 2),
        ("kernels/layer.py", "CHUNK = 2**19", "CHUNK = 2**18", 2),
        ("kernels/elementary.py", "F(89)", "F(88)", 1),
        ("kernels/product.py", "k + 8 <= K", "k + 8 < K", 1),
    ],
)
def test_code_changes_the_digest_of_the_kernels_that_run_it(sources, name, old, new, expected):
    """The plain loop stands in for all, so all depend on it."""
    change(sources, name, old, new)
    assert changed(sources) == ["plain", "inplace", "compiled"][3 - expected :]


def write_reports(folder, *environments, rows=()):
    for environment in environments:
        report = {"environment": environment, "date": "2026-01-02", "rows": list(rows)}
        reports.write(report, folder)


OLD = {"kernel": "inplace", "commit": "abc", "digest": "0" * 16}


def test_check(tmp_path, capsys):
    assert verify.main(["--check", str(tmp_path)]) == 1
    assert "no report" in capsys.readouterr().out
    write_reports(tmp_path, {"device": "some CPU"}, rows=[reports.stamp("inplace")])
    write_reports(tmp_path, {"device": "NVIDIA X"}, rows=[OLD, OLD, reports.stamp("plain"), {}])
    assert verify.main(["--check", str(tmp_path)]) == 0  # what is older was true of its commit
    printed = capsys.readouterr().out
    assert "some-cpu_2026-01-02.json belongs" in printed
    assert "2 rows of inplace: measured at commit abc, changed since" in printed


def test_a_report_is_named_by_its_machine_and_day_and_never_overwritten(tmp_path):
    cpu = {"device": "Intel(R) Core(TM) i7 @ 2.6GHz", "capability": "AVX2"}
    write_reports(tmp_path, cpu, cpu, {"device": "NVIDIA X", "cuda": "1"})
    names = {path.name for path in tmp_path.iterdir()}
    machine = "intel-core-i7-2-6ghz-avx2_2026-01-02"
    assert names == {f"{machine}.json", f"{machine}_2.json", "nvidia-x_2026-01-02.json"}


def test_the_environment_without_the_programs_that_name_the_machine(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert verify.printed_by("nvidia-smi") == "unknown"
    assert verify.environment("cpu")["device"]


def test_notes_for_the_page(tmp_path):
    write_reports(tmp_path, {"device": "some CPU"}, rows=[reports.stamp("plain")])
    assert reports.notes(tmp_path) == [NO_GPU]
    write_reports(tmp_path, {"device": "NVIDIA X", "cuda": "1"}, rows=[OLD])
    (note,) = reports.notes(tmp_path)
    assert "NVIDIA X, 2026-01-02: 1 rows of the kernel `inplace`" in note and "commit abc" in note


def test_the_commit(tmp_path):
    assert reports.commit(tmp_path) == "unknown"
    assert len(reports.stamp("plain")["commit"]) >= 7
