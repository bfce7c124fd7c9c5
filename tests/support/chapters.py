"""The notebooks as git has them, and what the tests read from their cells."""

import ast
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
# Each heading of the third level is an error's text: those of the LSTM, and those around it.
ERROR_PAGES = ("16_error_messages", "errors_around_it")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tree(cell):
    """Parse a code cell, without lines that only IPython understands."""
    return ast.parse(re.sub(r"^[%!].*$", "", cell.source, flags=re.MULTILINE))


def asserts(cell):
    """Tell whether a cell fails when its statement is false: assert, assert_close(), raises()."""
    for node in ast.walk(tree(cell)):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            if name.startswith("assert_") or name == "raises":
                return True
    return False


def cells(chapter):
    """Map the ids of a chapter's cells to the cells; empty if there is no such chapter."""
    path = ROOT / "chapters" / f"{chapter}.ipynb"
    if not path.exists():
        return {}
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


def slug(heading):
    """The anchor of a heading, as MyST makes it."""
    return re.sub(r"[^\w\-]", "", heading.lower().strip().replace(" ", "-"))


def section(chapter, place):
    """List the code cells below a heading of a chapter, up to the next heading of its level."""
    level, found = 0, []
    for cell in cells(chapter).values():
        if cell.cell_type == "code":
            found += [cell] if level else []
            continue
        for mark, heading in re.findall(r"^(#{1,3}) (.+)$", cell.source, re.MULTILINE):
            if slug(heading) == place:
                level = len(mark)
            elif level >= len(mark):
                return found
    return found
