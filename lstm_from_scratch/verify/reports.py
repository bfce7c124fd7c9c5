"""Reports of verification and benchmark: written at once, each row tied to the code it ran.

A report is one JSON file for each machine and day, from `python -m lstm_from_scratch.verify`, from
`recordings/benchmark.py` or from `recordings/gpu.py`. A row names the kernel that ran, the commit,
and a digest of the functions of that kernel. A row that is older than the code stays, and is shown
as measured at its commit.

Checked by: tests/unit/test_verify.py.
"""

import ast
import functools
import hashlib
import itertools
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# The files whose functions compute, for each kernel. A digest does not know the names of files, so
# one that is moved or renamed leaves all digests as they are, once it is renamed in here.
SOURCES: dict[str, tuple[str, ...]] = {"plain": ("functional.py",)}
SOURCES["inplace"] = (*SOURCES["plain"], "kernels/layer.py", "kernels/inplace.py")
SOURCES["compiled"] = (
    *SOURCES["inplace"], "kernels/compiled.py", "kernels/product.py", "kernels/elementary.py"
)
PACKAGE = "lstm_from_scratch"
# Fields of a syntax tree that have no effect on numbers, or are not the same in every Python.
WITHOUT_EFFECT = (
    "ctx", "kind", "type_comment", "type_ignores", "type_params", "annotation", "returns"
)


def canonical(node: Any) -> str:
    """Turn a syntax tree into text: the same for any Python, without docstrings and types."""
    if isinstance(node, list):
        return "[" + ",".join(map(canonical, node)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value not in (None, [])}
    body = fields.get("body")
    if isinstance(body, list) and _is_text(body[0]):
        fields["body"] = body[1:]
    for name in WITHOUT_EFFECT:
        fields.pop(name, None)
    inside = ",".join(f"{name}={canonical(value)}" for name, value in fields.items())
    return f"{type(node).__name__}({inside})"


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


def digest(kernel: str, root: str | Path = ROOT) -> str:
    """Digest the functions and constants that compute in a kernel: 16 hexadecimal digits."""
    parts = []
    for name in SOURCES[kernel]:
        tree = ast.parse((Path(root) / PACKAGE / name).read_text(encoding="utf-8"))
        parts += [
            canonical(node) for node in tree.body
            if not isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_text(node)
        ]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:16]


@functools.cache
def stamp(kernel: str, root: str | Path = ROOT) -> dict[str, str]:
    """Return what ties a row to the code: the kernel's name, the commit and the digest."""
    return {"kernel": kernel, "commit": commit(root), "digest": digest(kernel, root)}


@functools.cache
def commit(root: str | Path) -> str:
    """Return the commit, "-dirty" behind it if files differ from it; "unknown" without git."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return run.stdout.strip()


def name_of(report: dict[str, Any]) -> str:
    """Return the name of a report's file, without its suffix: the machine and the day."""
    facts = report["environment"]
    words = [facts["device"], facts.get("capability", "")]  # the latter of a processor only
    machine = re.sub(r"\((R|TM)\)", "", " ".join(words), flags=re.IGNORECASE)
    return re.sub(r"\W+", "-", machine).strip("-").lower() + "_" + report["date"]


def new_path(report: dict[str, Any], folder: str | Path) -> Path:
    """Return a path for a report at which nothing stands yet.

    Chapters assert facts about the reports they show, so no report is ever overwritten: the second
    one of a machine and a day gets a number behind its name.
    """
    numbers = itertools.chain([""], (f"_{k}" for k in itertools.count(2)))
    paths = (Path(folder) / f"{name_of(report)}{number}.json" for number in numbers)
    return next(path for path in paths if not path.exists())


def write(report: dict[str, Any], folder: str | Path, path: Path | None = None) -> Path:
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


def older(report: dict[str, Any], root: str | Path = ROOT) -> dict[tuple[str, str], int]:
    """Find the rows of a report that were measured on other code than the present.

    Returns:
        dict from (kernel, commit) to the number of such rows.
    """
    kernels = SOURCES.keys() & {row.get("kernel") for row in report["rows"]}
    present = {kernel: digest(kernel, root) for kernel in kernels}
    counts: dict[tuple[str, str], int] = {}
    for row in report["rows"]:
        kernel = row.get("kernel")
        if kernel in present and row["digest"] != present[kernel]:
            key = kernel, row["commit"]
            counts[key] = counts.get(key, 0) + 1
    return counts


def notes(folder: str | Path, root: str | Path = ROOT) -> list[str]:
    """Say what a reader of the reports should know before believing them.

    Returns:
        list of sentences: which rows are older than the code, and that a GPU's are missing.
    """
    reports = [json.loads(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*.json"))]
    sentences = [
        f"{report['environment']['device']}, {report['date']}: {count} rows of the kernel "
        f"`{kernel}` were measured at commit {commit}, and its code has changed since."
        for report in reports
        for (kernel, commit), count in older(report, root).items()
    ]
    if not any("cuda" in report["environment"] for report in reports):
        sentences.append(
            "There is no report of a GPU yet: all that this page shows was measured on CPUs.")
    return sentences


def check(folder: str | Path) -> int:
    """Print for each report whether its rows belong to the present code; return the exit status.

    An older report is no failure: what it says was true of its commit.
    """
    paths = sorted(Path(folder).glob("*.json"))
    if not paths:
        print(f"no report in {folder}")
        return 1
    for path in paths:
        counts = older(json.loads(path.read_text("utf-8")))
        print(path, "belongs to the present code" if not counts else "")
        for (kernel, commit), count in counts.items():
            print(f"  {count} rows of {kernel}: measured at commit {commit}, changed since")
    return 0
