"""What every stored notebook must be: executed, in order, checked, short, the same anywhere."""

import ast
import copy
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import yaml

from tests.support.chapters import CHAPTERS, asserts, code_cells, tree
from tools import address, notebooks

ROOT = Path(__file__).resolve().parents[2]
SETUP = (ROOT / "tools" / "setup_cell.py").read_text(encoding="utf-8").rstrip("\n")


# Each check of a notebook yields its complaints.


def unexecuted(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts {counts} are not 1, 2, ...: run `make notebooks`"


def package_unused(notebook):
    imported = set()
    for node in (node for cell in code_cells(notebook) for node in ast.walk(tree(cell))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    if "lstm_from_scratch" not in imported:
        yield "imports nothing of the package"


def unchecked(notebook):
    if not any(map(asserts, code_cells(notebook))):
        yield "asserts nothing"


def setup_differs(notebook):
    first = code_cells(notebook)[0]
    if first.source != SETUP:
        yield "the first code cell is not tools/setup_cell.py"
    if first.id != "setup-colab" or first.metadata.get("tags") != ["remove-cell"]:
        yield "the first code cell wants the id setup-colab and the tag remove-cell"


def noisy(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"{cell.id}: stored {output.get('name', 'error')}"
            if re.search(r"\bat 0x[0-9a-f]{6}", str(output)):
                yield f"{cell.id}: stored an address in memory, another one in every run"


def too_long(notebook):
    for cell in code_cells(notebook):
        lines = cell.source.splitlines()
        if "remove-cell" not in cell.metadata.get("tags", []) and len(lines) > 12:
            yield f"{cell.id}: {len(lines)} lines, more than 12"
        if any(len(line) > 79 for line in lines):
            yield f"{cell.id}: a line of more than 79 columns"


def machine_in_metadata(notebook):
    if notebook.metadata != notebooks.METADATA:
        yield "metadata differs from tools/notebooks.py: run `make notebooks`"
    for cell in notebook.cells:
        if "execution" in cell.metadata:
            yield f"{cell.id}: stored execution times: run `make notebooks`"


def undescribed_figures(notebook):
    for cell in code_cells(notebook):
        types = {mime for output in cell.outputs for mime in output.get("data", {})}
        if any(mime.startswith("image/") for mime in types):
            myst = cell.metadata.get("mystnb", {})
            for key, option in (("figure", "name"), ("figure", "caption"), ("image", "alt")):
                if not str(myst.get(key, {}).get(option, "")).strip():
                    yield f"{cell.id}: no mystnb.{key}.{option} in the metadata"


def unclear_ids(notebook):
    counts = Counter(cell.get("id") for cell in notebook.cells)
    for cell_id, count in counts.items():
        if not cell_id or count > 1:
            yield f"cell id {cell_id!r} stands {count} times"


CHECKS = [
    unexecuted,
    package_unused,
    unchecked,
    setup_differs,
    noisy,
    too_long,
    machine_in_metadata,
    undescribed_figures,
    unclear_ids,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path, check):
    assert list(check(nbformat.read(path, as_version=4))) == []


def chapters_in_toc():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}


def test_every_chapter_is_in_the_toc():
    assert {f"chapters/{path.stem}" for path in CHAPTERS} - chapters_in_toc() == set()
    assert "chapters/00_missing" not in chapters_in_toc()


def test_the_setup_cell_has_the_address_of_the_config():
    assert f'url = "{address.current()}"\n' in SETUP


def code(source, cell_id, count, **metadata):
    cell = nbformat.v4.new_code_cell(source, id=cell_id, execution_count=count)
    cell.metadata.update(metadata)
    return cell


@pytest.fixture
def good():
    """A notebook that no check complains about."""
    figure = code(
        "plt.show()",
        "figure",
        3,
        mystnb={"figure": {"name": "fig-a", "caption": "A."}, "image": {"alt": "A line."}},
    )
    figure.outputs = [nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})]
    cells = [
        nbformat.v4.new_markdown_cell("# Title", id="title"),
        code(SETUP, "setup-colab", 1, tags=["remove-cell"]),
        code("from lstm_from_scratch import LSTM\nassert LSTM", "two", 2),
        figure,
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata=copy.deepcopy(notebooks.METADATA))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_good_notebook_passes(good, check):
    assert list(check(good)) == []


def stream(name, text="x"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def error():
    return nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])


# name: (the check that must complain, what spoils the good notebook)
SPOILED = {
    "no count": (unexecuted, lambda nb: nb.cells[2].update(execution_count=None)),
    "count out of order": (unexecuted, lambda nb: nb.cells[2].update(execution_count=7)),
    "no import": (package_unused, lambda nb: nb.cells[2].update(source="assert 1")),
    "no assert": (unchecked, lambda nb: nb.cells[2].update(source="a = 1")),
    "another set-up": (setup_differs, lambda nb: nb.cells[1].update(source=SETUP + " ")),
    "another address": (
        setup_differs,
        lambda nb: nb.cells[1].update(source=SETUP.replace(address.current(), "https://x.y/z/w")),
    ),
    "set-up shown": (setup_differs, lambda nb: nb.cells[1].metadata.clear()),
    "error": (noisy, lambda nb: nb.cells[2].update(outputs=[error()])),
    "stderr": (noisy, lambda nb: nb.cells[2].update(outputs=[stream("stderr")])),
    "place": (noisy, lambda nb: nb.cells[2].update(outputs=[stream("stdout", "at 0x7fe3ee98")])),
    "13 lines": (too_long, lambda nb: nb.cells[2].update(source="a = 1\n" * 13)),
    "80 columns": (too_long, lambda nb: nb.cells[2].update(source="a" * 80)),
    "version": (machine_in_metadata, lambda nb: nb.metadata.language_info.update(version="3.11")),
    "times": (machine_in_metadata, lambda nb: nb.cells[2].metadata.update(execution={})),
    "no caption": (undescribed_figures, lambda nb: nb.cells[3].metadata.mystnb.figure.clear()),
    "no alt text": (undescribed_figures, lambda nb: nb.cells[3].metadata.mystnb.image.clear()),
    "no id": (unclear_ids, lambda nb: nb.cells[2].pop("id")),
    "same id": (unclear_ids, lambda nb: nb.cells[2].update(id="title")),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_notebook_fails(good, name):
    check, spoil = SPOILED[name]
    spoil(good)
    assert list(check(good)) != []
