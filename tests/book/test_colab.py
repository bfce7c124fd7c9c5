"""Notebooks run where there is nothing of ours: an empty folder, as in Colab.

Every notebook is asked for its set-up, its imports and its data there. A sample is executed to the
end: the first notebook of each part of `_toc.yml`, and those that differ from the last commit. The
environment variable EMPTY_FOLDER=all executes all of them, which takes many minutes.
"""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbval.plugin import get_sanitize_patterns

from tests.support.chapters import CHAPTERS, ROOT, code_cells, tree
from tests.support.publishing import commit, environment, git, without_the_package

SETUP = Path("tools", "setup_cell.py")  # every notebook's: tests/book/test_notebooks.py
PUBLISHED = "https://github.com/me/my-fork"
REF = re.search(r'ref = "(.+?)"', (ROOT / SETUP).read_text("utf-8"))[1]
# What nbval does not compare either: numbers that a training gave.
PATTERNS = get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text("utf-8"))


def sample():
    """List the notebooks that are executed to the end."""
    if os.environ.get("EMPTY_FOLDER") == "all":
        return CHAPTERS
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    files = [[f"{chapter['file']}.ipynb" for chapter in part["chapters"]] for part in parts]
    notebooks = [[name for name in names if (ROOT / name).is_file()] for names in files]
    chosen = {names[0] for names in notebooks if names}
    changed = git("diff", "--name-only", "HEAD", cwd=ROOT) + git(
        "ls-files", "--others", "--exclude-standard", cwd=ROOT
    )
    chosen |= set(changed.decode().splitlines())
    return [path for path in CHAPTERS if path.relative_to(ROOT).as_posix() in chosen]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """Commit the working tree, as it is, into a repository that stands for the published one.

    It has an address: the set-up cell refuses a placeholder.
    """
    copy = tmp_path_factory.mktemp("published")
    listing = git("ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).decode()
    for name in filter(None, listing.split("\0")):
        source, target = ROOT / name, copy / name
        if source.is_file():  # listed, but perhaps deleted
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    commit(copy, branch=REF)
    subprocess.run([sys.executable, copy / "tools" / "address.py", PUBLISHED], check=True)
    git("commit", "-q", "-a", "-m", "address", cwd=copy)
    return copy


@pytest.fixture(scope="module")
def online(snapshot):
    """Clone the snapshot where the set-up cell says the published address."""
    return environment(
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0=f"url.{snapshot.as_uri()}.insteadOf",
        GIT_CONFIG_VALUE_0=PUBLISHED,
    )


def sanitized(text):
    for pattern, replacement in PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text


# ---- set-up, imports and data of all ------------------------------------------------------------


def nodes(notebook):
    """Yield every node of a notebook's code, without the set-up cell."""
    for cell in code_cells(notebook)[1:]:
        yield from ast.walk(tree(cell))


def imports_of(notebook):
    """List a notebook's import statements, wherever in its code they stand, as source."""
    statements = (ast.Import, ast.ImportFrom)
    return [ast.unparse(node) for node in nodes(notebook) if isinstance(node, statements)]


def files_of(notebook):
    """List the files that a notebook asks `repository_file` for by a plain name."""
    return [
        node.args[0].value
        for node in nodes(notebook)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "repository_file"
        and isinstance(node.args[0], ast.Constant)
    ]


def beside(notebook):
    """List the files of the checkout that a notebook would miss where it stands alone.

    A text that names a file from the folder of the chapters is a path that leads nowhere in Colab.
    """
    constants = (node.value for node in nodes(notebook) if isinstance(node, ast.Constant))
    texts = (value for value in constants if isinstance(value, str))
    return [text for text in texts if is_file(ROOT / "chapters" / text)]


def is_file(path):
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text that no system takes for a path
        return False


ATTEMPT = """
import json, sys, traceback
exec(compile(open({setup!r}, encoding="utf-8").read(), "setup_cell.py", "exec"), {{}})
from lstm_from_scratch.teaching.files import repository_file
problems = {{}}
for name, (imports, files) in json.loads({work!r}).items():
    problems[name] = []
    for step in [*imports, *(f"repository_file({{file!r}})" for file in files)]:
        try:
            exec(step, {{"repository_file": repository_file}})
        except Exception as error:
            problems[name].append(f"{{step}}: {{type(error).__name__}}: {{error}}")
print(json.dumps(problems))
"""
WRONG = ["import lstm_from_scratch.not_there"], ["chapters/not_there.yml"]


@pytest.fixture(scope="module")
def prepared(online, snapshot, tmp_path_factory):
    """Run the set-up cell once in an empty folder, then every notebook's imports and data.

    Returns:
        dict from the name of a notebook to its problems; "wrong" is a notebook that has some.
    """
    folder = tmp_path_factory.mktemp("empty")
    python = without_the_package(tmp_path_factory.mktemp("environment"))

    def attempt(code):
        command = [python, "-c", code]
        return subprocess.run(command, env=online, cwd=folder, capture_output=True, text=True)

    assert attempt("import torch, nbclient, matplotlib").returncode == 0
    assert "No module named 'lstm_from_scratch'" in attempt("import lstm_from_scratch").stderr
    work = {"wrong": WRONG}
    for path in CHAPTERS:
        notebook = nbformat.read(path, as_version=4)
        work[path.stem] = imports_of(notebook), files_of(notebook)
    result = attempt(ATTEMPT.format(setup=str(snapshot / SETUP), work=json.dumps(work)))
    assert result.returncode == 0, result.stderr
    assert (folder / f"lstm-from-scratch-{REF}" / "chapters").is_dir()
    return json.loads(result.stdout.splitlines()[-1])


def test_a_missing_module_and_a_missing_file_are_seen(prepared):
    assert len(prepared["wrong"]) == sum(map(len, WRONG))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_imports_and_data_are_there(path, prepared):
    assert prepared[path.stem] == []
    assert beside(nbformat.read(path, as_version=4)) == []


def test_a_file_beside_the_notebook_is_seen():
    def notebook(source):
        cells = [nbformat.v4.new_code_cell(text) for text in ("", source)]
        return nbformat.v4.new_notebook(cells=cells)

    assert beside(notebook('open("claims.yml")')) == ["claims.yml"]
    assert beside(notebook('repository_file("chapters/claims.yml"), "a text"')) == []


def test_make_address_leaves_no_placeholder(snapshot):
    """What the workflows ask before they publish; a name in CODEOWNERS is written by hand."""
    command = [sys.executable, snapshot / "tools" / "address.py", "--check", PUBLISHED]
    result = subprocess.run(command, capture_output=True, text=True)
    left = re.findall(r"(?m)^  (\S+)$", result.stderr)
    assert set(left) <= {".github/CODEOWNERS"} and (result.returncode == 0) == (not left)


# ---- a sample, to the end -----------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The first notebook that runs here installs the package, the others find it, as in Colab."""
    return without_the_package(tmp_path_factory.mktemp("environment"))


@pytest.mark.parametrize("path", sample(), ids=lambda path: path.stem)
def test_from_an_empty_folder(path, python, online, snapshot, tmp_path):
    alone = tmp_path / path.name
    alone.write_bytes((snapshot / "chapters" / path.name).read_bytes())
    command = [python, snapshot / "tools" / "notebooks.py", alone]
    result = subprocess.run(command, env=online, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert text_outputs(alone) == text_outputs(path)


def test_the_sample_has_a_notebook_of_each_part():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = {f"chapters/{path.stem}" for path in sample()}
    for part in toc["parts"]:
        files = {chapter["file"] for chapter in part["chapters"]}
        assert files & names or not any(name.startswith("chapters/") for name in files)
