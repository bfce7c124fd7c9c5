"""Every notebook runs where there is nothing of ours: an empty folder, as in Colab."""

import os
import re
import site
import subprocess
import venv
from pathlib import Path

import address
import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
# What nbval does not compare either: numbers that a training gave.
PATTERNS = get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text("utf-8"))


def git(*arguments, cwd):
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """Commit the working tree, as it is, into a repository that stands for the published one."""
    copy = tmp_path_factory.mktemp("published")
    listing = git("ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).decode()
    for name in filter(None, listing.split("\0")):
        source, target = ROOT / name, copy / name
        if source.is_file():  # listed, but perhaps deleted
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    git("init", "-q", cwd=copy)
    git("add", "-A", cwd=copy)
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    git(*who, "-c", "commit.gpgsign=false", "commit", "-q", "-m", "snapshot", cwd=copy)
    return copy


@pytest.fixture
def python(tmp_path_factory):
    """Make an environment with all that this one has, except the package.

    A new one for each notebook: the first cell installs the package into it.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    windows = os.name == "nt"
    executable = folder / ("Scripts/python.exe" if windows else "bin/python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    target = subprocess.run(
        [executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()
    # Python reads the .pth files of the new environment only, so the line that makes the package
    # importable from this one, left there by `pip install -e`, is not followed.
    Path(target, "everything_else.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return executable


@pytest.fixture(scope="module")
def environment(snapshot):
    """Clone the snapshot where the set-up cell says the published address."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return kept | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{snapshot.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": address.current(),
        # Build the package with what is here: nothing of this needs the network.
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say: no isolation
    }


def sanitized(text):
    for pattern, replacement in PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text


def text_outputs(path):
    """Collect what a notebook printed or showed as text, as far as nbval compares it."""
    shown = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            continue
        shown[cell.id] = [
            sanitized(output.text if "text" in output else output.data.get("text/plain", ""))
            for output in cell.get("outputs", [])
        ]
    return shown


def test_the_package_is_missing_to_begin_with(python, environment, tmp_path):
    def attempt(name):
        command = [python, "-c", f"import {name}"]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True)

    assert attempt("torch, nbclient, matplotlib").returncode == 0
    assert b"No module named 'lstm_from_scratch'" in attempt("lstm_from_scratch").stderr


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_from_an_empty_folder(path, python, environment, snapshot, tmp_path):
    alone = tmp_path / path.name
    alone.write_bytes(path.read_bytes())
    command = [python, snapshot / "tools" / "notebooks.py", alone]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "book" / "chapters" / path.name).is_file()
    assert text_outputs(alone) == text_outputs(path)
