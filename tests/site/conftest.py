"""One browser and one local server for all tests of the built site.

The site is that of `make book`, or the folder in $SITE; the browser is $CHROMIUM, or the first of
NAMES that is installed: the first of all has no windows and needs a quarter less of the processor.
"""

import os
import re
import shutil
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.support import looking
from tests.support.looking import Visit, new_context
from tests.support.serving import serve

SITE = Path(os.environ.get("SITE", Path(__file__).parents[2] / "_build" / "html")).resolve()
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, [os.environ.get("CHROMIUM", ""), *NAMES])), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # so that all visits to the site share one
]


def all_pages():
    """Return the names of all pages, the largest first, whose tests take longest."""
    pages = sorted(SITE.rglob("*.html"), key=lambda path: (-path.stat().st_size, path))
    names = (path.relative_to(SITE) for path in pages)
    return [name.as_posix() for name in names if not name.parts[0].startswith("_")]


def unlike(pages):
    """Return the first page of each kind: with other scripts, styles or rules for them."""
    kinds = {}
    for page in pages:
        tags = re.findall(r"<(?:script|link|meta)\b[^>]*>", (SITE / page).read_text("utf-8"))
        kind = (tag.replace("../", "") for tag in tags
                if re.search(r"<script|stylesheet|Content-Security", tag))
        kinds.setdefault(tuple(kind), page)
    return list(kinds.values())


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        # Without a site there is still a first page, whose tests say below what is missing.
        pages = all_pages() or ["index.html"]
        if "folder" in metafunc.fixturenames and len(pages) > 1:
            # Only a host shows 404.html; its links begin at the host's root.
            pages = unlike(page for page in pages if page != "404.html")
        metafunc.parametrize("name", pages, scope="module")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Half as many again as there are processors: a third of the time a test waits for a page."""
    return (os.cpu_count() or 2) * 3 // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """All tests of a page run in one process, which opens it once; so do those of another file.

    The mark xdist_group of xdist 3.8 does nothing under pytest 9.2, which reads no `_nodeid`.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file, _, test = nodeid.partition("::")
            return test.partition("[")[2] if file.endswith("test_pages.py") else file

    return ByPage(config, log)


@pytest.fixture(scope="session", autouse=True)
def _something_to_look_at():
    """Fail each test of the site, and not the collection, where there is no site or no browser."""
    if not (SITE / "index.html").exists():
        pytest.fail(f"There is no site in {SITE}: run `make book` first.", pytrace=False)
    if CHROMIUM is None:
        pytest.fail("There is no Chromium: install it, or name one: CHROMIUM=/path/to/chrome",
                    pytrace=False)


@pytest.fixture(scope="session")
def address():
    cover = (SITE / "index.html").read_text(encoding="utf-8")
    base = urlsplit(re.search('rel="canonical" href="([^"]*/)', cover)[1]).path
    server = serve(SITE, base)
    yield f"http://127.0.0.1:{server.server_port}{base}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def folder():
    return SITE.as_uri() + "/"


@pytest.fixture(scope="session")
def browser(address):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = new_context(browser)
        for place in (address, SITE.as_uri() + "/"):  # one page keeps the process
            context.new_page().goto(place + "404.html")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def accessibility():
    """A function that asks axe, and in all tests of the site once about words of one kind."""
    return partial(looking.accessibility, asked=set())


@pytest.fixture(scope="module")
def visit(browser, address, name):
    """The page of this name, opened once for all tests of it."""
    visit = Visit(browser, address + name)
    yield visit
    visit.close()


@pytest.fixture(scope="module")
def cover(browser, address):
    """The cover as a page of Playwright, for tests that use its picture or its search."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    page, said = context.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: message.type == "error" and said.append(message.text))
    page.goto(address + "index.html")
    yield page
    context.close()
    assert said == []


@pytest.fixture
def opened(browser):
    """A function that opens a page of its own for one test."""
    visits = []

    def open_page(url, **options):
        visits.append(Visit(browser, url, cached=True, **options))
        return visits[-1]

    yield open_page
    for visit in visits:
        visit.close()
