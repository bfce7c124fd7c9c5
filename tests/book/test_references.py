"""Every paper that a page links to is in the bibliography, and every one there is linked to."""

import json
import re
from pathlib import Path

import pytest
from pybtex.database import parse_file

ROOT = Path(__file__).resolve().parents[2]
BIBLIOGRAPHY = ROOT / "reference" / "references.bib"
SOURCES = [ROOT / "index.md", *sorted((ROOT / "chapters").glob("*.ipynb"))]

import citations  # noqa: E402

# Where papers live: a link there must have an entry.
PAPER = re.compile(
    r"https?://(?:(?:dx\.)?doi\.org|arxiv\.org|proceedings\.mlr\.press|(?:www\.)?jmlr\.org|"
    r"proceedings\.neurips\.cc|papers\.nips\.cc|aclanthology\.org|openreview\.net)/[^\s)\"'>]*"
)


def prose(path):
    """Read the text of a page, without its code."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def unlisted(text, listed):
    """Return the addresses of papers in a text that the bibliography does not have."""
    return [link for link in PAPER.findall(text) if link not in listed]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_paper_that_a_page_links_to_has_an_entry(path):
    assert unlisted(prose(path), citations.addresses(BIBLIOGRAPHY)) == []


def test_a_paper_without_an_entry_is_seen():
    known = {"https://arxiv.org/abs/1402.1128": "sak2014"}
    text = "[a](https://arxiv.org/abs/1402.1128), [b](https://doi.org/10.1/x) and [c](https://x.y)"
    assert unlisted(text, known) == ["https://doi.org/10.1/x"]


def test_every_entry_is_cited():
    cited = {link for path in SOURCES for link in re.findall(r"\]\(([^)\s]+)\)", prose(path))}
    listed = citations.addresses(BIBLIOGRAPHY)
    assert {key for link, key in listed.items() if link not in cited} == set()


def flaws(fields):
    """Say what is wrong with the identifiers of an entry."""
    forms = {
        "doi": r"10\.\d{4,9}/[^\s{}]+",
        "eprint": r"\d{4}\.\d{4,5}",
        "url": r"https://[^\s{}]+",
        "year": r"(19|20)\d\d",
    }
    wrong = [k for k, form in forms.items() if k in fields and not re.fullmatch(form, fields[k])]
    missing = [] if {"doi", "eprint", "url"} & set(fields) else ["address"]
    arxiv = "eprint" in fields and fields.get("archiveprefix") != "arXiv"
    return wrong + missing + ["year"] * ("year" not in fields) + ["archiveprefix"] * arxiv


def test_the_identifiers_are_well_formed():
    entries = parse_file(str(BIBLIOGRAPHY)).entries
    flaws_of = {key: flaws(dict(entry.fields)) for key, entry in entries.items()}
    assert flaws_of == dict.fromkeys(entries, [])
    assert list(entries) == sorted(entries)


def test_an_ill_formed_identifier_is_seen():
    assert flaws({"doi": "doi:10.1162/x", "year": "2000"}) == ["doi"]
    assert flaws({"eprint": "arXiv:1402.1128", "archiveprefix": "arXiv", "year": "2014"}) == [
        "eprint"
    ]
    assert flaws({"title": "x"}) == ["address", "year"]
