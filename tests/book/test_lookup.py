"""Cheat sheet, symptom index and glossary: tables follow the rules, no link is dead, and an error
text stands word for word in the cell, or below the heading, that its link names."""

import functools
import inspect
import re
from pathlib import Path

import nbformat
import pytest
from torch import nn

from lstm_from_scratch import LSTM, shapes
from tests.support import chapters
from tests.support.chapters import CHAPTERS, ERROR_PAGES, asserts, section, slug

ROOT = Path(__file__).resolve().parents[2]
import lookup  # noqa: E402

PAGES = ("reference/cheat_sheet.md", "reference/symptoms.md", "reference/glossary.md")
LINK = re.compile(r"\[(?P<text>(?:`[^`]*`|[^\]`])*)\]\((?P<page>[^)#\s]*)#?(?P<place>[^)\s]*)\)")
QUOTED = re.compile(r"^`((?:[A-Z]\w*(?:Error|Warning): |Unsupported: ).*)`$")
# Texts without the name of an exception, in the tables of texts.
TEXT_TABLES = re.compile(r"\| The text \|.*?\n\n", re.DOTALL)
# From a chapter to a place in a chapter, or on its own page.
PLACES = re.compile(r"\]\((?:(\w+)\.ipynb)?#([^)\s]+)\)")
cells = functools.cache(chapters.cells)  # a page has many links into one chapter


def source(page):
    return (ROOT / page).read_text(encoding="utf-8")


def headings(text):
    lines = (line for line in text.splitlines() if re.match(r"#{1,3} ", line))
    return [slug(line.partition(" ")[2].strip()) for line in lines]


def prose(chapter):
    return "\n".join(c.source for c in cells(chapter).values() if c.cell_type == "markdown")


def shown(cell):
    """What a cell writes and prints, on one line: printed text is wrapped."""
    outputs = [output.get("text", "") for output in cell.outputs]
    return " ".join("\n".join([cell.source, *outputs]).split())


def below(chapter, heading):
    """What stands below a heading, up to the next one: the words, and what cells print."""
    inside, found = False, []
    for cell in cells(chapter).values():
        if cell.cell_type == "code":
            found += [shown(cell)] if inside else []
            continue
        for part in re.split(r"(?m)^(?=#{1,3} )", cell.source):
            if headings(part):
                inside = headings(part)[0] == heading
            found += [part] if inside else []
    return " ".join(" ".join(found).split())


def there(link):
    """What a link into a chapter leads to, a cell or a section."""
    chapter, place = Path(link["page"]).stem, link["place"]
    cell = cells(chapter).get(place)
    return shown(cell) if cell else below(chapter, place)


def dead(text):
    """The links of a page that lead to no cell of code, and to no heading, of a chapter."""
    for link in LINK.finditer(text):
        chapter = re.fullmatch(r"\.\./chapters/(\w+)\.ipynb", link["page"])
        if not chapter:
            yield f"{link[0]}: no chapter"
        elif not cells(chapter[1]):
            yield f"{link[0]}: no such chapter"
        elif link["place"] and link["place"] not in headings(prose(chapter[1])):
            cell = cells(chapter[1]).get(link["place"])
            if cell is None or cell.cell_type != "code":
                yield f"{link[0]}: no such cell"


def astray(text, own):
    """The links of a chapter to places that no chapter has. Without the name of a file only
    headings are found, and the build alone would say so, minutes later."""
    for name, place in PLACES.findall(text):
        chapter = name or own
        if place not in headings(prose(chapter)) and not (name and place in cells(chapter)):
            yield f"{name}#{place}"


def unsettled(text):
    """The links of the symptom index whose cell, or section, proves nothing, or shows another
    text.

    A heading of the pages of errors is proved by test_error_messages.py, which raises its text.
    """
    for link in LINK.finditer(text):
        chapter, place = Path(link["page"]).stem, link["place"]
        cell = cells(chapter).get(place)
        shows = [cell] if cell else section(chapter, place)
        raised = not cell and chapter in ERROR_PAGES
        if not raised and not any(map(asserts, shows)):
            yield f"{link[0]}: nothing is asserted there"
        quoted = QUOTED.match(link["text"])
        if quoted and quoted[1] not in there(link):
            yield f"{link[0]}: another text stands there"


def texts(text):
    """The texts that stand alone in the first column of the tables of texts."""
    for table in TEXT_TABLES.findall(text):
        for row in table.splitlines()[2:]:
            first = LINK.match(row.removeprefix("| "))
            if first and re.fullmatch(r"`[^`]*`", first["text"]):
                yield first["text"].strip("`"), there(first)


@pytest.mark.parametrize("page", PAGES)
def test_no_link_is_dead(page):
    assert len(list(LINK.finditer(source(page)))) > 5
    assert list(dead(source(page))) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_link_between_chapters_leads_astray(path):
    assert list(astray(prose(path.stem), path.stem)) == []


def test_a_link_that_leads_astray_is_seen():
    text = ("[a](#bias-why-are-there-two) [b](05_parameters.ipynb#two-biases) [c](#two-biases)"
            " [d](05_parameters.ipynb#nowhere)")
    assert list(astray(text, "05_parameters")) == ["#two-biases", "05_parameters#nowhere"]


def test_every_symptom_is_settled():
    assert list(unsettled(source("reference/symptoms.md"))) == []


def test_texts_stand_word_for_word_in_their_cells():
    quoted = list(texts(source("reference/symptoms.md")))
    assert len(quoted) >= 20
    assert [text for text, place in quoted if text not in place] == []


def test_no_link_of_the_cover_into_a_chapter_is_dead():
    """The cover stands beside the folder of chapters, the other pages in a folder of their own."""
    cover = source("index.md").replace("](chapters/", "](../chapters/")
    links = [link[0] for link in LINK.finditer(cover) if "/chapters/" in link["page"]]
    assert len(links) > 20 and list(dead("\n".join(links))) == []


LEAK = "../chapters/06_batch_first.ipynb"
EDGES = "../chapters/04_inputs_and_outputs.ipynb"


@pytest.mark.parametrize(
    "link", [f"[a]({LEAK}#none)", "[a](../chapters/00_none.ipynb#leak)", f"[a]({LEAK}#text-01)"]
)
def test_a_dead_link_is_seen(link):
    assert len(list(dead(link))) == 1


@pytest.mark.parametrize(
    "link", [f"[a]({LEAK}#leak)", f"[`RuntimeError: Expected hidden[2]`]({LEAK}#hidden-not-moved)"]
)
def test_an_unsettled_symptom_is_seen(link):
    assert len(list(unsettled(link))) == 1


def test_another_text_is_seen():
    row = f"| The text | What |\n|---|---|\n| [`input.size(-2) must be`]({EDGES}#edges) | x |\n\n"
    ((text, place),) = texts(row)
    assert text not in place


# A text of each page of errors.
HEADINGS = {
    "16_error_messages": "ValueError: not enough values to unpack (expected 3, got 2)",
    "errors_around_it": "ValueError: expected sequence of length 4 at dim 1 (got 2)",
}


@pytest.mark.parametrize("page", ERROR_PAGES)
def test_a_heading_is_found_and_another_text_below_it_is_seen(page):
    text = HEADINGS[page]
    link = f"[`{text}`](../chapters/{page}.ipynb#{slug(text)})"
    assert not list(dead(link)) and not list(unsettled(link))
    for spoiled in (link.replace("got 2)`", "got 4)`"), link.replace("got-2)", "got-4)")):
        assert len([*dead(spoiled), *unsettled(spoiled)]) >= 1


def test_a_section_without_an_assertion_is_seen():
    assert list(unsettled(f"[a]({LEAK}#which-axis-is-time)"))  # a section without an assertion
    assert not list(unsettled(f"[a]({LEAK}#what-moves-and-what-does-not)"))


# The tables of the cheat sheet.


def directives(text):
    blocks = re.findall(r"```\{rules\} (\w+)\n(.*?)```", text, re.DOTALL)
    return {name: lookup.words_of(body.splitlines()) for name, body in blocks}


TABLES = directives(source("reference/cheat_sheet.md"))


def body(name):
    lines = lookup.markdown(name, TABLES[name]).splitlines()[2:]
    return [[column.strip() for column in line.strip("|").split(" | ")] for line in lines]


def test_the_cheat_sheet_has_every_table():
    assert set(TABLES) == set(lookup.TABLES)


def test_arguments_are_those_of_the_constructor():
    arguments = [row[0].strip("`").partition("=")[::2] for row in body("arguments")]
    assert [name for name, _ in arguments] == list(inspect.signature(LSTM).parameters)
    lstm = nn.LSTM(1, 2)
    for name, default in arguments:
        if default and hasattr(lstm, name):
            assert str(getattr(lstm, name)) == default


def test_tensors_are_those_of_the_rules():
    rows = {row[0].strip("`"): row[1:] for row in body("tensors")}
    assert rows.keys() == shapes.TENSORS.keys()
    assert rows["output"] == ["`(L, N, D*H_out)`", "`(N, L, D*H_out)`", "`(L, D*H_out)`"]


def test_parameters_are_those_of_pytorch():
    names = [row[0].strip("`") for row in body("parameters")]
    assert names == [name for name, _ in nn.LSTM(2, 3, proj_size=1).named_parameters()]
    assert body("parameters")[2][1:] == ["`(4*H_cell,)`", "the same", "`bias`"]


def test_rows_and_gates():
    assert [row[0] for row in body("rows")] == [f"`h_n[{k}]`" for k in range(4)]
    assert [row[1] for row in body("rows")] == ["0", "0", "1", "1"]
    assert [row[0] for row in body("gates")] == ["i", "f", "g", "o"]
    assert body("gates")[1][1] == "`H_cell:2*H_cell`"


@pytest.mark.parametrize("name", lookup.TABLES)
def test_words_are_neither_missing_nor_left_over(name):
    with pytest.raises(ValueError, match="no place for"):
        lookup.markdown(name, TABLES[name] | {"none": "of it"})
    fewer = dict(list(TABLES[name].items())[:-1])
    with pytest.raises(KeyError):
        lookup.markdown(name, fewer)


# The glossary.

GLOSSARY = source("reference/glossary.md").splitlines()
TERMS = [line.removeprefix("## ") for line in GLOSSARY if "## " in line]


def linked(path):
    """The places of the glossary that a chapter links to."""
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    links = list(LINK.finditer(text))
    return {link["place"] for link in links if link["page"] == "../reference/glossary.md"}


def test_terms_are_in_order():
    assert sorted(TERMS, key=str.lower) == TERMS
    assert len(set(TERMS)) == len(TERMS) > 25


def test_each_term_has_its_chinese_name():
    under = [GLOSSARY[line + 2] for line, text in enumerate(GLOSSARY) if text.startswith("## ")]
    named = [re.fullmatch(r'<span lang="zh">[^<\x00-\x7f]+</span>', text) for text in under]
    assert len(named) == len(TERMS) and all(named), under


def test_links_to_the_glossary_lead_to_a_term():
    links = set().union(*map(linked, CHAPTERS))
    assert len(links) >= 10
    assert links - {slug(term) for term in TERMS} == set()
