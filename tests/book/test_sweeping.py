"""`recordings/sweeping.py`: what a run has recorded stays when it is stopped."""

import json

import pytest

from recordings import sweeping


def test_a_stopped_run_keeps_its_rows(tmp_path):
    def batches():
        yield [{"seed": 0, "loss": 0.5}, {"seed": 1, "loss": 0.25}]
        yield [{"seed": 2, "loss": 0.125}]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweeping.record(batches(), tmp_path)
    (path,) = tmp_path.iterdir()
    report = json.loads(path.read_text("utf-8"))
    assert [row["seed"] for row in report["rows"]] == [0, 1, 2]
    assert report["environment"]["device"] and report["date"]
