"""The set-up cell as a reader runs it, in an empty folder, with a repository on this machine."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.support.chapters import CHAPTERS, ROOT
from tests.support.publishing import commit, environment, git, without_the_package
from tools import address, release

# Built as the real one is: the program for that is here.
OURS = (ROOT / "pyproject.toml").read_text("utf-8")
PACKAGE = re.search(r"(?ms)^\[build-system\]\n.*?(?=^\[)", OURS)[0] + """[project]
name = "lstm_from_scratch"
description = "small"
version = "1"
"""
SHOW = "\nimport lstm_from_scratch\nprint(lstm_from_scratch.__file__)\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A repository with a small package on main, and with one that pip refuses on `broken`."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "lstm_from_scratch").mkdir()
    (folder / "lstm_from_scratch" / "__init__.py").write_text("")
    (folder / "pyproject.toml").write_text(PACKAGE)
    commit(folder)
    git("tag", "v1.0.0", cwd=folder)
    git("switch", "-q", "-c", "broken", cwd=folder)
    late = PACKAGE.replace("version", 'requires-python = ">=99"\nversion')
    (folder / "pyproject.toml").write_text(late)
    git("commit", "-q", "-a", "-m", "broken", cwd=folder)
    return folder.as_uri()


@pytest.fixture
def reader(published, tmp_path):
    """A function: run the set-up cell of a branch or tag, then import the package."""
    python = without_the_package(tmp_path / "environment")
    folder = tmp_path / "empty"
    folder.mkdir()

    def run(ref="main", url=published):
        cell = release.cell(ref).replace(address.current(), url)
        command = [python, "-c", cell + SHOW]
        return folder, subprocess.run(
            command, env=environment(), cwd=folder, capture_output=True, text=True)

    return run


@pytest.mark.parametrize("ref", ["main", "v1.0.0"])
def test_it_installs_what_its_ref_names(reader, ref):
    for _ in range(2):  # the second finds the package
        folder, result = reader(ref)
        assert result.returncode == 0 and not result.stderr, result.stderr
        there = folder / f"lstm-from-scratch-{ref}" / "lstm_from_scratch" / "__init__.py"
        assert result.stdout == f"{there}\n"


def test_a_folder_of_the_readers_own_named_book_stays(reader, tmp_path):
    own = tmp_path / "empty" / "book" / "chapter.txt"
    own.parent.mkdir()
    own.write_text("mine")
    folder, result = reader()
    assert result.returncode == 0, result.stderr
    assert own.read_text() == "mine" and len(list(own.parent.iterdir())) == 1


def test_a_placeholder_is_refused_before_anything_is_fetched(reader):
    folder, result = reader(url=f"https://github.com/{address.OWNER}/lstm-from-scratch")
    assert result.returncode != 0 and "is a placeholder" in result.stderr
    assert list(folder.iterdir()) == []


def test_git_says_itself_that_a_ref_is_not_there(reader, published):
    folder, result = reader("v9.9.9")
    assert result.returncode != 0
    assert "Remote branch v9.9.9 not found" in result.stderr  # git
    assert f"open a newer notebook from {published}" in result.stderr
    assert list(folder.iterdir()) == []


def test_git_says_itself_that_there_is_no_repository(reader, tmp_path):
    folder, result = reader(url=(tmp_path / "nowhere").as_uri())
    assert result.returncode != 0 and "fatal: " in result.stderr


def test_pip_says_itself_what_is_wrong(reader):
    folder, result = reader("broken")
    assert result.returncode != 0 and "a different Python" in result.stderr  # pip
    assert f"Move {folder / 'lstm-from-scratch-broken'} away" in result.stderr


# ---- the ref of a release -----------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path):
    """A clone of the tools and the chapters as they are here."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    shutil.copytree(ROOT / "tools", origin / "tools")
    for path in CHAPTERS:
        (origin / "chapters").mkdir(exist_ok=True)
        shutil.copy(path, origin / "chapters")
    commit(origin)
    git("clone", "-q", origin, clone, cwd=tmp_path)
    return clone


def released(clone, *arguments):
    command = [sys.executable, "tools/release.py", *arguments]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True)


def test_a_release_is_one_line_of_every_notebook(clone):
    before = released(clone, "--check", "v2.0.0")
    assert before.returncode == 1 and "chapters/notation.ipynb" in before.stderr
    assert released(clone, "v2.0.0").returncode == 0
    numbers = git("diff", "--numstat", cwd=clone).decode().splitlines()
    assert sorted(numbers) == sorted(
        [f"1\t1\tchapters/{path.name}" for path in CHAPTERS] + ["1\t1\ttools/setup_cell.py"])
    added = re.findall(r"(?m)^\+(?!\+\+)(.*)", git("diff", "-U0", cwd=clone).decode())
    assert all('ref = ' in line and "v2.0.0" in line for line in added)
    assert released(clone, "--check", "v2.0.0").returncode == 0
    git("commit", "-q", "-a", "-m", "release", cwd=clone)
    git("tag", "v2.0.0", cwd=clone)
    assert released(clone, release_of_here()).returncode == 0
    assert git("diff", "HEAD~", cwd=clone) == b""  # as it was


def release_of_here():
    return re.search(r'ref = "(.+?)"', release.CELL.read_text("utf-8"))[1]


@pytest.mark.parametrize("wrong", ["", "-x", 'v1"; import os', "v1 2", "../v1"])
def test_what_is_no_tag_changes_nothing(clone, wrong):
    assert released(clone, "--", wrong).returncode == 1
    assert git("status", "--porcelain", cwd=clone) == b""


def test_a_notebook_without_the_cell_is_named(clone):
    path = clone / "chapters" / "notation.ipynb"
    path.write_text(path.read_text("utf-8").replace("setup-colab", "other"), "utf-8")
    result = released(clone, "v2.0.0")
    assert result.returncode == 1 and "notation.ipynb has 0 cells" in result.stderr
    assert b"setup_cell" not in git("status", "--porcelain", cwd=clone)
