"""Reports of verification and benchmark: written at once, tied to the sources they are made from.

A report is one JSON file for each machine and day, from `python -m lstm_from_scratch.verify`, from
`benchmarks/run.py` or from `tools/gpu.py`. Its digest says which sources it belongs to. Only the
standard library is needed to read one.

Checked by: tests/unit/test_verify.py.
"""

import ast
import hashlib
import itertools
import json
import os
import re
from pathlib import Path

from .teaching.files import ROOT

# What decides the numbers of a report.
SOURCES = (
    "lstm_from_scratch/contexts.py",
    "lstm_from_scratch/functional.py",
    "lstm_from_scratch/modules.py",
    "lstm_from_scratch/packing.py",
    "lstm_from_scratch/probes.py",
    "lstm_from_scratch/kernels",
    "lstm_from_scratch/tolerances.py",
)


def canonical(node):
    """Turn a syntax tree into text: the same for any Python, without docstrings and comments."""
    if isinstance(node, list):
        return "[" + ",".join(map(canonical, node)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value not in (None, [])}
    body = fields.get("body")
    if isinstance(body, list) and isinstance(body[0], ast.Expr):
        if isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):
            fields["body"] = body[1:]
    for name in ("ctx", "kind", "type_comment", "type_ignores", "type_params"):
        fields.pop(name, None)  # of no effect, and not the same in every Python
    inside = ",".join(f"{name}={canonical(value)}" for name, value in fields.items())
    return f"{type(node).__name__}({inside})"


def digest(root=ROOT):
    """Digest what decides the numbers of a report: 16 hexadecimal digits."""
    total = hashlib.sha256()
    for name in SOURCES:
        path = Path(root) / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            relative = file.relative_to(root).as_posix()
            tree = canonical(ast.parse(file.read_text(encoding="utf-8")))
            total.update(f"{relative}\n{tree}\n".encode())
    return total.hexdigest()[:16]


def name_of(report):
    """Return the name of a report's file, without its suffix: the machine and the day."""
    facts = report["environment"]
    words = [facts["device"], facts.get("capability", "")]  # the latter of a processor only
    machine = re.sub(r"\((R|TM)\)", "", " ".join(words), flags=re.IGNORECASE)
    return re.sub(r"\W+", "-", machine).strip("-").lower() + "_" + report["date"]


def new_path(report, folder):
    """Return a path for a report at which nothing stands yet.

    Chapters assert facts about the reports they show, so no report is ever overwritten: the second
    one of a machine and a day gets a number behind its name.
    """
    numbers = itertools.chain([""], (f"_{k}" for k in itertools.count(2)))
    paths = (Path(folder) / f"{name_of(report)}{number}.json" for number in numbers)
    return next(path for path in paths if not path.exists())


def write(report, folder, path=None):
    """Write a report as JSON, one row a line, all or nothing.

    Args:
        report: dict with `environment`, `date`, `rows` and whatever else.
        folder: where to write, made if it is missing.
        path: what an earlier call for the same report returned, to write it again with more rows.

    Returns:
        Path of the file.
    """
    path = path or new_path(report, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join("  " + json.dumps(row) for row in report["rows"])
    first = json.dumps({key: value for key, value in report.items() if key != "rows"}, indent=1)
    draft = path.with_suffix(".tmp")
    draft.write_text(first[:-2] + ',\n "rows": [\n' + rows + "\n ]\n}\n", encoding="utf-8")
    os.replace(draft, path)
    return path


def notes(folder, root=ROOT):
    """Say what a reader of the reports should know before believing them.

    Returns:
        list of sentences: reports that are older than the code, and a missing GPU report.
    """
    present = digest(root)
    reports = [json.loads(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*.json"))]
    sentences = [
        f"The report of {report['environment']['device']} (made on {report['date']}) is older "
        "than the code: its digest is not that of the present sources."
        for report in reports
        if report["digest"] != present
    ]
    if not any("cuda" in report["environment"] for report in reports):
        sentences.append("There is no report of a GPU yet.")
    return sentences


def check(folder):
    """Print whether each report belongs to the present sources; give the exit status."""
    paths = sorted(Path(folder).glob("*.json"))
    if not paths:
        print(f"no report in {folder}")
        return 1
    present, stale = digest(), False
    for path in paths:
        made = json.loads(path.read_text("utf-8"))["digest"]
        stale |= made != present
        print(path, "belongs" if made == present else f"is older: {made}, now {present}")
    return int(stale)
