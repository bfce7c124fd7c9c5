"""`recordings/gpu.py`, on the CPU with tiny sizes: it ends, and survives what goes wrong."""

import json
from pathlib import Path

import pytest
import yaml

from recordings import gpu
from recordings.gpu_parts import claims, document

ROOT = Path(__file__).resolve().parents[2]


def recording(folder):
    (path,) = (folder / "recordings" / "gpu").glob("*.json")
    return json.loads(path.read_text("utf-8"))


def test_the_whole_command(tmp_path, capsys, monkeypatch):
    # The limits are those of a fast machine that is lent; here others may be busy.
    monkeypatch.setattr(gpu, "SCHEDULE", [(3600, names) for _, names in gpu.SCHEDULE])
    assert gpu.main(["--device", "cpu", "--tiny", "--out", str(tmp_path)]) == 0
    parts = {part["part"]: part for part in recording(tmp_path)["rows"]}
    assert list(parts) == [name for _, names in gpu.SCHEDULE for name in names]
    printed = capsys.readouterr().out
    for name, part in parts.items():
        assert part["state"] == "done" and part["rows"] is not None, part
        assert name in printed and not part["summary"].startswith("no summary"), part
        if name != "verification tf32":  # a GPU's alone
            assert part["rows"], name
    for folder in ("recordings/verification", "recordings/benchmarks"):
        (path,) = (tmp_path / folder).glob("*.json")
        report = json.loads(path.read_text("utf-8"))
        assert report["rows"] and {"date", "environment"} <= set(report)
    assert all(row["passed"] for row in json.loads(
        next((tmp_path / "recordings/verification").glob("*.json")).read_text("utf-8"))["rows"])


def test_the_time_of_all_parts_is_under_nine_minutes():
    assert sum(seconds for seconds, _ in gpu.SCHEDULE) < 9 * 60


def test_every_claim_not_tested_is_measured():
    rows = yaml.safe_load((ROOT / "chapters" / "claims.yml").read_text("utf-8"))
    untested = {row["id"] for row in rows if row["verdict"] == "not tested"}
    tables = [*document.ENVIRONMENTS, *document.PERSISTENT.values()]
    measured = {name for _, names in tables for name in names} | set(claims.CLAIMS)
    assert measured <= {row["id"] for row in rows}
    assert untested <= measured | set(document.NOT_MEASURABLE)


BROKEN = """
import os, sys, time
from recordings import gpu
from recordings.gpu_parts import messages
def measure(write, device, tiny):
    write({{"name": "first", "torch": "runs"}})
    {last}
messages.measure = measure
gpu.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "last, state",
    [
        ("raise RuntimeError('planted')", "exit status 1"),
        ("os._exit(7)", "exit status 7"),
        ("time.sleep(60)", "stopped at 30 s"),
    ],
)
def test_a_part_that_fails_or_hangs_keeps_its_rows_and_the_other_parts(
    tmp_path, monkeypatch, last, state
):
    script = tmp_path / "broken.py"
    script.write_text(BROKEN.format(last=last))
    monkeypatch.setattr(gpu, "__file__", str(script))  # which the parts are started from
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(gpu, "SCHEDULE", [(30, ["messages"]), (3600, ["refusals"])])
    code = gpu.main(["--device", "cpu", "--tiny", "--out", str(tmp_path)])
    parts = {part["part"]: part for part in recording(tmp_path)["rows"]}
    assert code == 1
    assert parts["messages"]["state"] == state
    assert parts["messages"]["rows"] == [{"name": "first", "torch": "runs"}]
    assert parts["refusals"]["state"] == "done" and parts["refusals"]["rows"]


def test_a_grid_that_was_not_finished_is_no_report(tmp_path):
    parts = {f"verification {kind}": {"state": "done", "rows": []} for kind in gpu.verify.KINDS}
    parts["verification float16"]["state"] = "stopped at 190 s"
    parts["benchmark"] = {"state": "exit status 1", "rows": []}
    gpu.write_reports(parts, gpu.verify.head("cpu"), tmp_path)
    assert not list(tmp_path.rglob("*.json"))


def test_rows_are_read_up_to_the_line_that_was_cut_off(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\n{"a"')
    assert gpu.read(path) == [{"a": 1}, {"a": 2}]
    assert gpu.read(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize("arguments", (["--only", "nothing"], ["--device", "tpu"]))
def test_wrong_arguments(tmp_path, arguments):
    with pytest.raises(SystemExit) as stop:
        gpu.main([*arguments, "--out", str(tmp_path)])
    assert stop.value.code == 2 and not list(tmp_path.iterdir())


def test_without_a_gpu_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gpu.torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit):
        gpu.main(["--out", str(tmp_path)])
    assert "rehearse with --device cpu --tiny" in capsys.readouterr().err
