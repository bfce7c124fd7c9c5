"""A chapter is named by its title and a cell by its id: both stay when chapters move."""

import posixpath
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
# The pages in the order of the sidebar, and those of them that the sidebar numbers.
PAGES = [page for part in TOC["parts"] for page in part["chapters"]]
NUMBERED = [page for part in TOC["parts"] if part.get("numbered") for page in part["chapters"]]

BETWEEN = r"(?:[ \t\u00a0]+|[ \t]*\n[ \t#>*]*)"  # two words, also on two lines of a comment
BY_NUMBER = re.compile(
    rf"\bchapters?{BETWEEN}\d|\bch(?:ap)?\.\s?\d|"
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|next|previous)"
    rf"{BETWEEN}chapters?\b",
    re.IGNORECASE,
)


def tracked():
    """Return the text files that git tracks, or would track, except those of other projects."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in set(names.splitlines()):
        path = ROOT / name
        if path.is_file() and not name.startswith("site/vendor/"):
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                pass  # a picture or a font


def numbers(name, text):
    """Return the places of a file that name a chapter by its number or its place."""
    if name.endswith(".ipynb"):
        text = re.sub(r'\\n",\n\s*"', "\n", text)  # a notebook stores each line as a string
    return [f"{name}: {' '.join(match[0].split())}" for match in BY_NUMBER.finditer(text)]


def test_no_file_names_a_chapter_by_its_number():
    assert [place for name, text in tracked() for place in numbers(name, text)] == []


NUMBER = 7  # not beside the word, or the test above would see it


@pytest.mark.parametrize(
    "text",
    [
        f"See [chapter {NUMBER}](x.md).",
        f"Read Chapters {NUMBER} to 9.",
        f"as in chapter\n# {NUMBER}",
        f"(ch. {NUMBER})",
        "The next {} shows it.".format("chapter"),
    ],
)
def test_a_number_is_seen(text):
    assert len(numbers("a.md", text)) == 1


def test_a_number_is_seen_across_two_lines_of_a_notebook():
    assert len(numbers("a.ipynb", f'  "as in chapter\\n",\n  "{NUMBER} here"')) == 1


@pytest.mark.parametrize(
    "text", ["chapters/02_one_step.ipynb", "A chapter of 12 lines.", "# A chapter\n\n1. Its title"]
)
def test_a_path_a_count_and_a_list_are_no_chapter_numbers(text):
    assert numbers("a.md", text) == []


def listed(readme):
    """Return the titles and files of README's table of chapters, in order."""
    table = readme.partition("\n## Chapters\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| \[([^\]]+)\]\((chapters/\w+)\.ipynb\) \|", table, re.MULTILINE)


def test_the_table_of_the_readme_has_the_titles_in_the_order_of_the_toc():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [(page["title"], page["file"]) for page in NUMBERED]
    assert listed(readme) == pages
    spoiled = readme.replace(f"| [{pages[0][0]}](", "| [01](")
    assert listed(spoiled) != pages


def next_page(notebook):
    """Return the page that a chapter's last cell calls the next one, or None."""
    line = notebook.cells[-1].source.rpartition("\n- Next: ")[2]
    link = re.search(r"\]\((\S+)\.(?:ipynb|md)\)", line)
    return link and posixpath.normpath(posixpath.join("chapters", link[1]))


@pytest.mark.parametrize("page", NUMBERED, ids=lambda page: Path(page["file"]).stem)
def test_a_chapter_ends_with_a_link_to_the_next_page_of_the_toc(page):
    notebook = nbformat.read(ROOT / f"{page['file']}.ipynb", as_version=4)
    after = PAGES[PAGES.index(page) + 1]
    assert next_page(notebook) == after["file"]
    notebook.cells[-1].source = "## What we have now\n\n- Three lines."
    assert next_page(notebook) is None


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def repeated(notebooks):
    """Map each id that code cells of several places have to the chapters.

    The set-up cell is left out: it is the same in every chapter, nobody sees it, and
    test_notebooks.py knows it by its id.
    """
    places = defaultdict(list)
    for name, notebook in notebooks.items():
        for cell in code_cells(notebook):
            places[cell.id].append(name)
    del places["setup-colab"]
    return {cell_id: names for cell_id, names in places.items() if len(names) > 1}


def test_no_two_code_cells_of_the_book_have_the_same_id():
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in CHAPTERS}
    assert repeated(notebooks) == {}
    first, second = list(notebooks)[:2]
    taken = code_cells(notebooks[first])[1].id
    code_cells(notebooks[second])[1].id = taken
    assert repeated(notebooks) == {taken: [first, second]}
