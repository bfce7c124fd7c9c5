"""The page from which the PDF is printed: links find their chapter, and leave the page never."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from tools import pdf

ROOT = Path(__file__).resolve().parents[2]
CONF = """
html_title = "Small book"
extensions = ["myst_parser", EXTENSION]
html_theme = "sphinx_book_theme"
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]
"""
INDEX = """# Small book

[Check of b](b.md#check)

```{toctree}
:numbered: 1
a
b
```
"""
CHAPTER = """# Chapter NAME

## Check

Text of NAME, [back](#check), [other](OTHER.md#check), [chapter](OTHER.md).
"""


def build(folder, extension):
    """Build a book of two chapters with a section of the same name, on one page."""
    files = {
        "conf.py": CONF.replace("EXTENSION", repr(extension)),
        "index.md": INDEX,
        "a.md": CHAPTER.replace("NAME", "a").replace("OTHER", "b"),
        "b.md": CHAPTER.replace("NAME", "b").replace("OTHER", "a"),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-qW", "-b", "singlehtml", folder, folder / "out"]
    search = {**os.environ, "PYTHONPATH": str(ROOT / "site" / "extensions")}
    result = subprocess.run(command, capture_output=True, text=True, env=search)
    assert result.returncode == 0, result.stderr
    return (folder / "out" / "index.html").read_text(encoding="utf-8")


def chapter_of(page, link, after="<article"):
    """Say in which chapter a link lands: the first one of that text after some other text."""
    pattern = rf'href="(?:index\.html)?#([^"]*)"[^>]*>(?:<[^>]*>)?{link}<'
    target = re.search(pattern, page[page.index(after) :])[1]
    place = page.index(f' id="{target}"')
    if target.startswith("document-"):
        return re.search("Chapter ([ab])", page[place:])[1]
    return re.findall(r'id="document-([ab])"', page[:place])[-1]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return build(tmp_path_factory.mktemp("book"), "onepage")


def test_a_link_leads_to_its_own_chapter(page):
    assert chapter_of(page, "Check of b") == "b"
    for here, there in ("ab", "ba"):
        assert chapter_of(page, "back", f"Text of {here}") == here
        assert chapter_of(page, "other", f"Text of {here}") == there
        assert chapter_of(page, "chapter", f"Text of {here}") == there
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_without_the_extension_links_go_astray(tmp_path):
    page = build(tmp_path, "myst_parser")
    assert chapter_of(page, "Check of b") == "a"


def test_only_titles_are_numbered(page):
    numbers = re.findall(r'<span class="section-number">([^<]*)</span>(\w+)', page)
    assert {(n.strip(), word) for n, word in numbers} == {("1.", "Chapter"), ("2.", "Chapter")}


HTML = """<html data-theme="auto"><head>
<link rel="canonical" href="https://me.github.io/book/" /></head><body>
<h1>For print</h1><article><h1>Title</h1><a href="index.html#x">x</a>
<code><span class="n">a</span><span class="p">[0]</span> <span class="k">if</span> b</code>
<details class="hide"><summary><p>Show solution 1</p><p>Hide solution 1</p></summary></details>
</article></body></html>"""


def test_the_page_is_made_ready_for_print():
    ready = pdf.prepare(HTML)
    assert '<details open class="hide">' in ready
    assert 'href="#x"' in ready and "index.html" not in ready
    assert "<p>Solution 1</p>" in ready and "Show" not in ready
    assert 'data-theme="light"' in ready
    assert '<code>a[0] <span class="k">if</span> b</code>' in ready
    assert ready.index("https://me.github.io/book/</a>") > ready.index("<h1>Title</h1>")


def test_a_missing_browser_is_said(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(SystemExit, match="Chromium is needed"):
        pdf.find_browser()


def test_the_pdf_is_packed_and_keeps_its_tags(tmp_path):
    with pikepdf.new() as book:
        book.add_blank_page()
        book.Root.StructTreeRoot = book.make_indirect(pikepdf.Dictionary(
            Type=pikepdf.Name.StructTreeRoot,
            K=[book.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.P)) for _ in range(999)]))
        book.save(tmp_path / "draft.pdf")
    pdf.pack(tmp_path / "draft.pdf", tmp_path / "packed.pdf")
    with pikepdf.open(tmp_path / "packed.pdf") as book:
        assert len(book.Root.StructTreeRoot.K) == 999
    assert (tmp_path / "packed.pdf").stat().st_size < (tmp_path / "draft.pdf").stat().st_size / 2
