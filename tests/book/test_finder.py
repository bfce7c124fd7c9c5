"""The records of the site's search, and the phrases in which readers ask for a section.

A phrase stands in a comment below the heading that answers it, and the site shows it nowhere:
`<!-- asked: learnable h0 c0; trainable initial state -->`.
"""

import base64
import gzip
import json
import re
import sys
from collections import Counter
from types import SimpleNamespace

import nbformat
import pytest
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser

from tests.support.chapters import CHAPTERS, ROOT

sys.path.insert(0, str(ROOT / "site" / "extensions"))
import finder  # noqa: E402

PAGES = [ROOT / "index.md", *sorted((ROOT / "reference").glob("*.md"))]
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def prose(path):
    """The text of a page, without code: a comment in code is code."""
    if path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
    else:
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"(?ms)^(```+|~~~+).*?^\1", "", text)


def asked(text):
    """List the phrases of a text; an error for a comment that would ask for nothing."""
    found = []
    for comment in COMMENT.finditer(text):
        form = finder.ASKED.fullmatch(comment[0])
        assert form, f"no comment of the form `<!-- asked: phrase; phrase -->`: {comment[0]}"
        before, after = text[:comment.start()], text[comment.end():]
        assert re.search(r"^#{1,3} ", before, re.M), f"no heading above {comment[0]}"
        alone = re.search(r"(^|\n) {0,3}$", before) and re.match(r" *(\n|$)", after)
        assert alone, f"on a line with other text: {comment[0]}"
        phrases = [" ".join(phrase.lower().split()) for phrase in form[1].split(";")]
        assert all(phrases), f"an empty phrase: {comment[0]}"
        found += phrases
    return found


def twice(phrases):
    return [phrase for phrase, count in Counter(phrases).items() if count > 1]


def test_every_phrase_is_asked_of_one_section():
    phrases = []
    for path in [*PAGES, *CHAPTERS]:
        phrases += asked(prose(path))
    assert not twice(phrases)


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("<!-- asked: a b -->\n\n## Too late\n", "no heading"),
        ("## A\n\n<!-- asked: -->\n", "empty"),
        ("## A\n\n<!-- asked: a b; ; c -->\n", "empty"),
        ("## A\n\n<!-- ask: a b -->\n", "of the form"),
        ("## A\n\n<!-- asked: a b\n", "of the form"),
        ("## A\n\nWords <!-- asked: a b -->\n", "other text"),
        ("## A\n\n<!-- asked: a b --> words\n", "other text"),
    ],
)
def test_a_comment_that_asks_for_nothing_is_an_error(text, complaint):
    with pytest.raises(AssertionError, match=complaint):
        asked(text)


def test_a_phrase_twice_is_seen():
    assert twice(asked("# A\n<!-- asked: a B; c -->\n## B\n<!-- asked: d;\nA  b -->\n")) == ["a b"]


def test_phrases_are_in_the_record_of_their_section_and_not_on_the_page():
    text = ("# Page\n\nFirst words.\n\n## Part\n\n<!-- asked: Zebra one;\nzebra two -->\n\nMore."
            "\n\n<!-- asked: zebra three -->\n\n## Other\n\nLast <b>words</b>.\n")
    page = publish_doctree(text, parser=Parser(), settings_overrides={"doctitle_xform": False})
    env = SimpleNamespace(docname="page", search_records={})
    finder.collect(SimpleNamespace(env=env), page)
    phrases = {row[2]: row[5] for row in env.search_records["page"]}
    assert phrases == {"Page": "", "Part": "zebra one; zebra two; zebra three", "Other": ""}
    assert "zebra" not in page.astext().lower()


def test_what_too_many_records_say_finds_nothing_and_the_rest_is_packed():
    records = {"a": [["page", "", "Page", "Some", "rare usual", ""],
                     ["section", "b", "B \N{SNOWMAN}", "", "usual", "x y"],
                     ["error", "row-c", "`C`", "Why", "", "", "a.html#b"],
                     ["error", "row-c-2", "`C`", "Why", "", "", "a.html#c"]]}
    others = {str(k): [["page", "", "", "", "", ""]] for k in range(20)}
    rows = finder.light(records | others)
    assert rows[:4] == [
        ["a", "page", "", "Page", "Some", "rare", "", ""],
        ["a", "section", 0, "B \N{SNOWMAN}", "", "", "x y", ""],
        ["a", "error", 0, "`C`", "Why", "", "", "a.html#b"],
        ["a", "error", "row-c-2", "`C`", "Why", "", "", "a.html#c"]]
    columns = json.loads(gzip.decompress(base64.b64decode(finder.packed(rows))))
    assert [list(row) for row in zip(*columns, strict=True)] == rows
