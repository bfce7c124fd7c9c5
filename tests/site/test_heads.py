"""The heads of the built pages: each describes its own page, and names its one address."""

import re
from collections import Counter
from html import unescape
from pathlib import Path

import meta
import pytest

from tests.site.conftest import all_pages

SKIPPED = {"404.html", "search.html", "genindex.html"}


@pytest.fixture
def site(folder):
    return Path(folder.removeprefix("file://"))


def heads(site):
    """Read the head of every page of text, by its name."""
    names = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    texts = {name: (site / name).read_text(encoding="utf-8") for name in names}
    return {
        name: text.partition("</head>")[0]
        for name, text in texts.items()
        if name not in SKIPPED and not name.startswith(("_static", "_sources"))
    }


def unprotected(pages):
    """List the pages whose policy is missing, or comes after something that it is about."""
    policy = '<meta http-equiv="Content-Security-Policy"'
    loads = re.compile("<(script|link|style|img)")
    return [name for name, head in pages.items()
            if head.count(policy) != 1 or loads.search(head.partition(policy)[0])]


def test_every_page_has_its_policy_before_all_else(folder):
    site = Path(folder.removeprefix("file://"))
    pages = {name: (site / name).read_text("utf-8") for name in all_pages()}
    assert SKIPPED <= set(pages) and unprotected(pages) == []
    late = {"late": "<script>" + pages["index.html"], "none": "<p>"}
    assert unprotected(late) == ["late", "none"]


def stopping(pages):
    """List the pages with a script of a file that stops the reading of the page."""
    return [name for name, text in pages.items()
            if any("src=" in one and "defer" not in one
                   for one in re.findall("<script[^>]*>", text))]


def test_no_script_stops_the_reading_of_a_page(site):
    pages = {name: (site / name).read_text("utf-8") for name in all_pages()}
    assert stopping(pages) == []
    assert stopping({"a": "<script data-x src='a.js'>", "b": "<script>"}) == ["a"]


def problems(pages):
    """Say which pages lack something, or share what should be their own."""
    faults, shared = [], Counter()
    for name, head in pages.items():
        for pattern in (
            r'<meta name="description" content="([^"]{40,240})"',
            r'<link rel="canonical" href="(https://[^"]+)"',
            r'<meta property="og:title" content="([^"]+)"',
            r'<meta property="og:image" content="(https://[^"]+\.png)"',
            r"<title>([^<]+)</title>",
        ):
            values = re.findall(pattern, head)
            if len(values) != 1:
                faults.append(f"{name}: {len(values)} of {pattern}")
            elif "og:image" not in pattern:
                shared[values[0], pattern] += 1
    return faults + [f"shared: {value}" for (value, _), count in shared.items() if count > 1]


def test_every_page_has_a_head_of_its_own(site):
    pages = heads(site)
    assert len(pages) > 10
    assert problems(pages) == []


def test_titles_of_what_is_searched_are_short_and_descriptions_say_what_it_is(site):
    pages = heads(site)
    for name, title in meta.SEARCHED.items():
        assert len(title) <= 60, title
        assert f"<title>{title} " in unescape(pages[f"{name}.html"])
    minutes = [name for name, head in pages.items() if re.search('content="\\d+ minutes', head)]
    assert minutes == []


def test_a_shared_or_missing_description_is_seen(site):
    name, head = next(iter(heads(site).items()))
    assert len(problems({name: head, "copy.html": head})) == 4
    assert len(problems({name: head.replace('name="description"', "")})) == 1


def test_the_card_is_part_of_the_site(site):
    head = heads(site)["index.html"]
    base = re.search(r'<link rel="canonical" href="([^"]+/)', head)[1]
    card = re.search(r'<meta property="og:image" content="([^"]+)"', head)[1]
    assert (site / card.removeprefix(base)).exists()
