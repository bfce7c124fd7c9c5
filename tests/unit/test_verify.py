"""The verification command: it sees bugs, says which row, and ties its report to the sources."""

import json
import shutil

import pytest
import torch

from lstm_from_scratch import functional, reports, verify
from lstm_from_scratch.teaching.files import repository_file


@pytest.fixture
def short_grid(monkeypatch):
    """Every dtype, layout and backend once, two layers, both directions: 36 rows of 1728."""
    rows = [
        row
        for row in verify.grid("cpu")
        if (row["num_layers"], row["bias"], row["bidirectional"]) == (2, True, True)
        and (row["batch_first"], row["proj_size"], row["dropout"]) == (False, 8, 0.0)
    ]
    assert len(rows) == 36
    monkeypatch.setattr(verify, "grid", lambda device: rows)


def report_of(folder):
    (path,) = folder.glob("*.json")
    return json.loads(path.read_text("utf-8"))


def test_the_grid_covers_every_argument_and_dtype():
    rows = verify.grid("cpu")
    assert len({tuple(row.items()) for row in rows}) == len(rows) == 3 * 4 * (96 + 48)
    values = {key: {row[key] for row in rows} for key in rows[0]}
    assert values["dtype"] == {"float64", "float32", "bfloat16", "float16"}
    assert values["layout"] == {"batched", "unbatched", "packed"}
    assert all(len(seen) > 1 for key, seen in values.items() if key != "tf32")
    tf32 = [row for row in verify.grid("cuda") if row["tf32"]]
    assert len(tf32) == 3 * 144 and {row["dtype"] for row in tf32} == {"float32"}


def test_a_report(short_grid, tmp_path, capsys):
    assert verify.main(["--out", str(tmp_path)]) == 0
    assert "36/36 rows" in capsys.readouterr().out
    report = report_of(tmp_path)
    assert report["digest"] == reports.digest()
    assert {"torch", "numpy", "python", "device"} <= set(report["environment"])
    assert len(report["rows"]) == 36
    for row in report["rows"]:
        for part in ("outputs", "gradients"):
            assert 0 <= row[part]["ours"] <= row[part]["tolerance"]
            assert row[part]["torch"] is not None
        # a lower precision really was computed in: the error cannot be float64's
        if row["dtype"] != "float64":
            assert row["outputs"]["ours"] > 1e-9 and row["gradients"]["ours"] > 1e-9
    assert not list(tmp_path.glob("*.tmp"))


def test_a_bug_is_seen_and_named(short_grid, tmp_path, capsys, monkeypatch):
    right = functional._step

    def wrong(a_x, h_prev, c_prev, weights):
        h_t, c_t = right(a_x, h_prev, c_prev, weights)
        return h_t, c_t * 1.2

    monkeypatch.setattr(functional, "_step", wrong)
    assert verify.main(["--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert printed.count("missed: {") == 12 and '"dtype": "float16"' in printed
    passed = {row["backend"]: row["passed"] for row in report_of(tmp_path)["rows"]}
    # The bug was planted in one of them.
    assert passed == {"plain": False, "inplace": True, "compiled": True}


def test_nan_is_not_within_tolerance(short_grid, tmp_path, monkeypatch):
    right = functional._step
    monkeypatch.setattr(
        functional, "_step", lambda *args: tuple(state * float("nan") for state in right(*args))
    )
    assert verify.main(["--out", str(tmp_path)]) == 1


def test_dropout_rows_compare_the_same_masks():
    rows = [row for row in verify.grid("cpu") if row["dropout"] and row["dtype"] == "float64"]
    row = verify.verify_row(rows[-1], "cpu", seed=0)
    assert row["passed"] and row["gradients"]["ours"] is not None


def test_no_cuda_no_report(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as stop:
        verify.main(["--device", "cuda", "--out", str(tmp_path)])
    assert stop.value.code == 2 and not list(tmp_path.iterdir())


# ---- the digest -------------------------------------------------------------------------------


@pytest.fixture
def sources(tmp_path):
    """A copy of the sources that decide the numbers."""
    root = tmp_path / "sources"
    for name in reports.SOURCES:
        path = repository_file(".") / name
        if path.is_dir():
            shutil.copytree(path, root / name)
        elif path.exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / name)
    return root


def change(root, old, new):
    path = root / "lstm_from_scratch" / "functional.py"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_digest_of_a_copy_is_the_same(sources):
    assert reports.digest(sources) == reports.digest()


@pytest.mark.parametrize(
    "old, new",
    [
        ('"""Advance the state by one time step.', '"""Something else.'),
        ("  # (N, H_cell) each", "  # another comment"),
        ("import torch\n", "import torch\n\n\n"),
    ],
)
def test_words_do_not_change_the_digest(sources, old, new):
    change(sources, old, new)
    assert reports.digest(sources) == reports.digest()


@pytest.mark.parametrize(
    "old, new",
    [
        ("f_t * c_prev + i_t * g_t", "f_t * c_prev - i_t * g_t"),
        ("chunk(4, dim=-1)", "chunk(4, dim=-2)"),
        ("w_hr is not None", "w_hr is None"),
        ("b_ih: Tensor | None = None", "b_ih: Tensor | None = 0"),
    ],
)
def test_code_changes_the_digest(sources, old, new):
    change(sources, old, new)
    assert reports.digest(sources) != reports.digest()


def test_a_new_kernel_changes_the_digest(sources):
    (sources / "lstm_from_scratch" / "kernels").mkdir(exist_ok=True)
    (sources / "lstm_from_scratch" / "kernels" / "new.py").write_text("x = 1\n")
    assert reports.digest(sources) != reports.digest()


def write_reports(folder, *environments, digest):
    for environment in environments:
        report = {"environment": environment, "digest": digest, "date": "2026-01-02", "rows": []}
        reports.write(report, folder)


def test_check(tmp_path, capsys):
    assert verify.main(["--check", str(tmp_path)]) == 1
    assert "no report" in capsys.readouterr().out
    write_reports(tmp_path, {"device": "some CPU"}, digest=reports.digest())
    assert verify.main(["--check", str(tmp_path)]) == 0
    write_reports(tmp_path, {"device": "NVIDIA X", "cuda": "1"}, digest="0" * 16)
    assert verify.main(["--check", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "some-cpu_2026-01-02.json belongs" in printed
    assert "nvidia-x_2026-01-02.json is older" in printed


def test_a_report_is_named_by_its_machine_and_day_and_never_overwritten(tmp_path):
    cpu = {"device": "Intel(R) Core(TM) i7 @ 2.6GHz", "capability": "AVX2"}
    write_reports(tmp_path, cpu, cpu, {"device": "NVIDIA X", "cuda": "1"}, digest="0" * 16)
    names = {path.name for path in tmp_path.iterdir()}
    machine = "intel-core-i7-2-6ghz-avx2_2026-01-02"
    assert names == {f"{machine}.json", f"{machine}_2.json", "nvidia-x_2026-01-02.json"}


def test_the_environment_without_the_programs_that_name_the_machine(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert verify.printed_by("nvidia-smi") == "unknown"
    assert verify.environment("cpu")["device"]


def test_notes_for_the_page(tmp_path):
    write_reports(tmp_path, {"device": "some CPU"}, digest=reports.digest())
    assert reports.notes(tmp_path) == ["There is no report of a GPU yet."]
    write_reports(tmp_path, {"device": "NVIDIA X", "cuda": "1"}, digest="0" * 16)
    (note,) = reports.notes(tmp_path)
    assert "NVIDIA X (made on 2026-01-02) is older than the code" in note
