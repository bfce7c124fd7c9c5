"""Every page of the built site, opened with an empty cache."""

from tests.support import looking
from tests.support.looking import first_of

LIMIT = 1_000_000  # bytes, uncompressed, all responses together


def test_loads_in_silence_and_from_here_only(visit):
    assert not visit.console, first_of(visit.console)
    strangers = looking.strangers(visit)
    assert not strangers, first_of(strangers)


def test_is_light(visit):
    largest = sorted(((size, url) for url, size in visit.bytes.items()), reverse=True)
    assert sum(visit.bytes.values()) < LIMIT, first_of(largest)


def test_shows_its_math_its_icons_and_its_images(visit):
    page = visit.page
    problems = looking.raw_math(page) + looking.large_subscripts(page)
    problems += looking.missing_fonts(page) + looking.blank_icons(page)
    problems += looking.broken_images(page)
    assert not problems, first_of(problems)


def test_loads_katex_only_for_math(visit):
    loads = any("katex" in url for url in visit.bytes)
    assert loads == (visit.page.locator(".katex").count() > 0)


def test_is_accessible_light_and_dark_wide_and_narrow(visit, accessibility):
    problems = looking.mouse_only(visit.page)
    # Folded solutions are part of the page.
    visit.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    problems += accessibility(visit.page)
    assert not problems, first_of(problems)


def test_works_from_a_plain_folder(opened, folder, name):
    """One page of each kind: the server of the others is in a folder too, below its root."""
    visit = opened(folder + name)
    problems = visit.console + looking.strangers(visit) + looking.broken_images(visit.page)
    problems += looking.missing_fonts(visit.page)
    assert not problems, first_of(problems)
    assert looking.let_through(visit.page) == []


def test_runs_and_loads_nothing_that_is_planted(visit):
    """The last test of this visit, whose console it fills."""
    assert looking.let_through(visit.page) == []
    assert len(visit.console) > 4  # the browser says so of each
