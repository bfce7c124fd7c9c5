"""The tools that write into the repository: they change what they should, or nothing."""

import base64
import io
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from PIL import Image, ImageChops

from tools import address, notebooks, pictures

TOOLS = Path(__file__).resolve().parents[2] / "tools"
OLD = "https://github.com/OLD/name"
FILES = {
    "_config.yml": f"title: x\n\nrepository:\n  url: {OLD}\n  branch: main\n",
    "README.md": f"[a]({OLD}/issues), {OLD}.git, {OLD}. But {OLD}-other and {OLD}.io stay.\n",
}


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


@pytest.fixture
def repository(tmp_path):
    # Without the set-up cell, which may still hold the placeholder.
    ignored = shutil.ignore_patterns("__pycache__", "setup_cell.py")
    shutil.copytree(TOOLS, tmp_path / "tools", ignore=ignored)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    run("git", "init", "-q", cwd=tmp_path)
    run("git", "add", ".", cwd=tmp_path)
    (tmp_path / "untracked.md").write_text(OLD)
    return tmp_path


def test_the_address_is_replaced_everywhere(repository):
    new = "https://github.com/me/my.fork"
    assert run(sys.executable, "tools/address.py", new, cwd=repository).returncode == 0
    assert f"url: {new}\n" in (repository / "_config.yml").read_text()
    expected = f"[a]({new}/issues), {new}.git, {new}. But {OLD}-other and {OLD}.io stay.\n"
    assert (repository / "README.md").read_text() == expected
    assert (repository / "untracked.md").read_text() == OLD


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "http://github.com/me/fork",
        "https://github.com/me",
        "https://github.com/me/fork/",
        "https://github.com/me/fork.git",
        "https://github.com/me/fork/tree/main",
        "https://github.com/me/my fork",
    ],
)
def test_a_wrong_address_changes_nothing(repository, wrong):
    assert run(sys.executable, "tools/address.py", wrong, cwd=repository).returncode == 1
    assert {name: (repository / name).read_text() for name in FILES} == FILES


def test_the_current_address_is_read():
    assert address.current().startswith("https://")


HOSTILE = [
    "$(shell touch touched)",
    "$(info $(shell touch touched))",
    "x; touch touched",
    '"; touch touched; "',
    "'; touch touched; '",
    "`touch touched`",
    "$$(touch touched)",
]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("from_environment", [False, True])
@pytest.mark.parametrize("value", HOSTILE)
def test_what_make_is_given_runs_nothing(repository, value, from_environment):
    shutil.copy(TOOLS.parent / "Makefile", repository)
    command = ["make", "address", f"PYTHON={sys.executable}"]
    environment = dict(os.environ) | ({"URL": value} if from_environment else {})
    command += [] if from_environment else [f"URL={value}"]
    result = run(*command, cwd=repository, env=environment)
    assert result.returncode != 0 and "not an address" in result.stderr
    assert not (repository / "touched").exists()
    assert {name: (repository / name).read_text() for name in FILES} == FILES


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_passes_the_address_on(repository):
    shutil.copy(TOOLS.parent / "Makefile", repository)
    new = "https://github.com/me/my.fork"
    run("make", "address", f"URL={new}", f"PYTHON={sys.executable}", cwd=repository)
    assert f"url: {new}\n" in (repository / "_config.yml").read_text()


def checked(repository, *url):
    return run(sys.executable, "tools/address.py", "--check", *url, cwd=repository)


def test_an_address_that_is_not_set_everywhere_is_seen(repository):
    assert checked(repository).returncode == 0
    assert checked(repository, OLD).returncode == 0
    result = checked(repository, "https://github.com/me/fork")
    assert result.returncode == 1
    assert all(part in result.stderr for part in ("_config.yml", "README.md", "make address URL="))
    assert checked(repository, "github.com/me/fork").returncode == 1
    assert {name: (repository / name).read_text() for name in FILES} == FILES


@pytest.mark.parametrize("text", ["https://github.com/{0}/name", "* @{0}", "{1}.github.io/name"])
def test_a_placeholder_is_seen_wherever_it_stands(repository, text):
    text = text.format(address.OWNER, address.OWNER.lower())
    (repository / "README.md").write_text(text)
    for result in (checked(repository), checked(repository, OLD)):
        assert result.returncode == 1
        assert "  README.md\n" in result.stderr and "_config.yml" not in result.stderr
    (repository / "README.md").write_text("The owner, and OWNER in words.")
    assert checked(repository).returncode == 0


def test_pages_are_published_only_after_the_check():
    steps = (TOOLS.parent / ".github/workflows/pages.yml").read_text("utf-8")
    check = "      - run: python tools/address.py --check\n        env:\n          URL: "
    assert 0 < steps.find(check) < steps.find("make pdf") < steps.find("upload-pages-artifact")


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of one cell, and give a function that executes it in place."""
    path = tmp_path / "a.ipynb"

    def execute(source):
        cell = nbformat.v4.new_code_cell(source, id="only", metadata={"tags": ["kept"]})
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        before = path.read_bytes()
        result = run(sys.executable, str(TOOLS / "notebooks.py"), str(path))
        return result, before, path

    return execute


def test_a_notebook_is_executed_in_place_and_again_without_a_diff(notebook):
    source = "import os, sys\nprint(sys.executable, os.getcwd())"
    result, _, path = notebook(source)
    assert result.returncode == 0, result.stderr
    first = path.read_bytes()
    cell = nbformat.read(path, as_version=4).cells[0]
    assert cell.outputs[0].text == f"{sys.executable} {path.parent}\n"
    assert (cell.id, cell.execution_count, cell.metadata) == ("only", 1, {"tags": ["kept"]})
    assert run(sys.executable, str(TOOLS / "notebooks.py"), str(path)).returncode == 0
    assert path.read_bytes() == first


def stored(picture):
    """Return a picture as a notebook stores it."""
    file = io.BytesIO()
    picture.save(file, "PNG", dpi=(160, 160))
    return base64.b64encode(file.getvalue()).decode()


def test_a_figure_keeps_256_colours_where_nobody_sees_it():
    ramp = Image.radial_gradient("L").resize((300, 300))
    figure = Image.merge("RGB", (ramp, ramp, ramp.rotate(90)))
    before = stored(figure)
    after = notebooks.with_palette(before)
    small = Image.open(io.BytesIO(base64.b64decode(after)))
    assert len(after) < len(before) and small.mode == "P" and small.size == figure.size
    assert round(small.info["dpi"][0]) == 160
    change = ImageChops.difference(figure, small.convert("RGB")).getextrema()
    assert max(most for _, most in change) <= notebooks.FURTHEST
    assert notebooks.with_palette(after) == after
    # As they are: what has too many colours, or colours that let the page through.
    many = Image.frombytes("RGB", (128, 128), random.Random(0).randbytes(3 * 128 * 128))
    thin = Image.new("RGBA", (99, 99), (9, 99, 199, 99))
    assert [notebooks.with_palette(stored(one)) for one in (many, thin)] == [
        stored(many), stored(thin)]


def test_a_failing_notebook_is_named_and_not_written(notebook):
    result, before, path = notebook("1 / 0")
    assert result.returncode == 1
    assert all(part in result.stderr for part in (str(path), "only", "ZeroDivisionError"))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def size(path):
    """Read width and height from the head of a PNG."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def test_the_pictures_are_drawn_as_they_are_committed(tmp_path):
    pictures.main(tmp_path)
    for name in ("stack.png", "card.png"):
        assert size(tmp_path / name) == size(pictures.OUTPUT / name)
    assert size(tmp_path / "card.png") == (1200, 630)  # what previews ask for
