"""What surrounds the pages: descriptions, addresses, sitemap, and the page for lost readers."""

import os
import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import urlopen

import cards
import meta
import pytest
import yaml

from tests.support.releases import PINNED, PROJECT
from tools import address

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "repository, expected",
    [
        ("https://github.com/Me/my-fork", "https://me.github.io/my-fork/"),
        ("https://github.com/me/me.github.io", "https://me.github.io/"),
        ("https://gitlab.com/me/my-fork", ""),
        ("", ""),
    ],
)
def test_the_address_of_the_site_follows_from_the_repository(repository, expected):
    assert address.site(repository) == expected


def test_everything_that_repeats_the_address_has_the_present_one():
    site = address.site(address.current()).rstrip("/")
    for name in ("CITATION.cff", "pyproject.toml", "_config.yml", "site/robots.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        sites = re.findall(r"https://[\w-]+\.github\.io/[\w.-]+", text)
        assert address.current() in text or sites, name
        assert set(sites) <= {site}, name


def test_the_citation_file_has_what_it_needs():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["repository-code"] == address.current()


def missing(text, folder):
    """Return what a Markdown text links to or names as `make ...`, and what is not there."""
    links = {link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)}
    files = {link for link in links if link and "://" not in link and not (folder / link).exists()}
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
    return files | (set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", text, re.M)) - set(targets))


FRONT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "index.md", ".github/MAINTAINING.md")


@pytest.mark.parametrize("name", FRONT)
def test_what_the_front_door_names_exists(name):
    assert missing((ROOT / name).read_text(encoding="utf-8"), ROOT) == set()


def test_a_dead_link_and_an_unknown_target_are_seen():
    text = "[a](nowhere.md#x) [b](README.md) [c](https://x.y) `make boook`, `make book X=1`"
    assert missing(text, ROOT) == {"nowhere.md", "boook"}


def releases(text):
    """Return the releases of PyTorch that a text installs, or that it says is the oldest."""
    oldest = re.findall(r"PyTorch (\d+\.\d+) and later|: (\d+\.\d+) is the oldest", text)
    return set(re.findall(r"torch==(\d[\w.]*)", text)), {a or b for a, b in oldest}


def test_every_place_names_the_releases_of_pyproject():
    """The pinned release of PyTorch, and the oldest supported one of PyTorch and of Python."""
    project = PROJECT["project"]
    (oldest,) = (d.removeprefix("torch>=") for d in project["dependencies"] if "torch" in d)
    python = project["requires-python"].removeprefix(">=")
    names = ["README.md", "CONTRIBUTING.md", "requirements.txt", ".github/locked-torch.txt",
             *(ROOT / ".github" / "workflows").glob("*.yml")]
    texts = {str(name): (ROOT / name).read_text("utf-8") for name in names}
    places = {name: releases(text) for name, text in texts.items()}
    assert all(pinned <= {PINNED} and old <= {oldest} for pinned, old in places.values()), places
    assert sum(bool(pinned) for pinned, _ in places.values()) >= 4
    assert f"Python {python} and later" in texts["README.md"]
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    tested = ci["jobs"]["package"]["strategy"]["matrix"]
    assert tested["python"][0] == python and tested["torch"][0] == oldest
    assert PINNED.rpartition(".")[0] in tested["torch"]
    (numpy,) = (d.removeprefix("numpy>=") for d in project["dependencies"] if "numpy" in d)
    assert ci["jobs"]["oldest"]["env"] == {"PYTORCH": oldest, "NUMPY": numpy}
    assert f"numpy {numpy} or later" in texts["README.md"]


def test_another_release_is_seen():
    assert releases("pip install torch==2.12.0  # x: 2.3 is the oldest") == ({"2.12.0"}, {"2.3"})
    assert releases("It runs on PyTorch 2.4 and later.") == (set(), {"2.4"})


# A book of two pages, built as the site is: with a page in a folder, a citation and a note.
CONF = """
html_title = "Small book"
import yaml
html_theme = "sphinx_book_theme"
extensions = ["myst_parser", "sphinxcontrib.bibtex", "citations", "meta"]
extensions += ["sphinxext.opengraph", "sphinx_sitemap", "notfound.extension"]
settings = yaml.safe_load(open(CONFIG, encoding="utf-8"))["sphinx"]["config"]
globals().update({k: v for k, v in settings.items() if k.startswith(("ogp", "site", "notf"))})
html_baseurl = "https://me.github.io/small/"
myst_enable_extensions = ["colon_fence"]
bibtex_bibfiles = ["reference/references.bib"]
html_theme_options = {"repository_url": "https://github.com/Me/small"}
suppress_warnings = ["config.cache", *settings["suppress_warnings"]]
"""
INDEX = """# Small book

First sentence of the cover. Second, after which nothing stands

```{toctree}
chapters/page
chapters/references
```
"""
PAGE = """# Gates: what are they?

:::{note}
Not this one.
:::

Four of them. After reading you can

- cite [Sak 2014](https://arxiv.org/abs/1402.1128).
"""
REFERENCES = """# References

All papers are listed here.

```{bibliography}
:style: plain
```
"""


def build(source, name):
    command = [sys.executable, "-m", "sphinx", "-qWE", "--keep-going", source, source / name]
    search = {**os.environ, "PYTHONPATH": str(ROOT / "site" / "extensions")}
    result = subprocess.run(command, capture_output=True, text=True, env=search)
    assert result.returncode == 0, result.stderr
    return source / name


@pytest.fixture
def book(tmp_path):
    return write(tmp_path)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(write(tmp_path_factory.mktemp("book")), "out")


def write(source):
    (source / "chapters").mkdir()
    (source / "reference").mkdir()
    (source / "_static").mkdir()
    files = {
        "conf.py": CONF.replace("CONFIG", repr(str(ROOT / "_config.yml"))),
        "index.md": INDEX,
        "chapters/page.md": PAGE,
        "chapters/references.md": REFERENCES,
        "reference/references.bib": (ROOT / "reference/references.bib").read_text("utf-8"),
    }
    for name, text in files.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    return source


def content(page, name):
    contents = re.findall(rf'<meta (?:name|property)="{name}" content="([^"]*)"', page)
    assert len(contents) <= 1, name
    return contents[0] if contents else None


def test_a_page_is_described_by_its_first_sentences(site):
    cover = (site / "index.html").read_text()
    page = (site / "chapters" / "page.html").read_text()
    assert content(cover, "description") == "First sentence of the cover."
    assert content(page, "description") == "What are they? Four of them."  # too short alone
    assert content(page, "og:title") == "Gates: what are they?"
    assert content(page, "og:image") == "https://me.github.io/small/_static/card.png"
    own = content(cover, "og:image").removeprefix("https://me.github.io/small/")
    assert own.startswith("_static/cards/card-") and (site / own).exists()
    assert content(page, "robots") is None
    assert content((site / "search.html").read_text(), "robots") == "noindex"


def test_a_page_names_its_canonical_address(site):
    canonical = re.compile(r'<link rel="canonical" href="([^"]*)"')
    cover, page = (site / "index.html").read_text(), (site / "chapters/page.html").read_text()
    assert canonical.findall(cover) == ["https://me.github.io/small/index.html"]
    assert canonical.findall(page) == ["https://me.github.io/small/chapters/page.html"]
    assert canonical.findall((site / "search.html").read_text()) == []


def test_the_sitemap_has_every_page_and_nothing_else(site):
    addresses = re.findall("<loc>(.*?)</loc>", (site / "sitemap.xml").read_text())
    names = {"index.html", "chapters/page.html", "chapters/references.html"}
    assert len(addresses) == len(names)
    assert set(addresses) == {f"https://me.github.io/small/{name}" for name in names}


def test_a_link_to_a_paper_is_numbered_and_listed(site):
    page = (site / "chapters" / "page.html").read_text()
    number = re.search(r'href="references.html#(\S+)"[^>]*>1</a>', page)
    assert 'href="https://arxiv.org/abs/1402.1128">Sak 2014</a>' in page
    listed = (site / "chapters" / "references.html").read_text()
    assert f'id="{number[1]}"' in listed
    assert "Large Vocabulary Speech Recognition".lower() in listed.lower()
    assert "Learning to forget" not in listed  # not cited here


class Pages(SimpleHTTPRequestHandler):
    """Serve a folder as GitHub Pages serves a project: below /small/, 404.html for the rest."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith("/small/"):
            target = Path(self.directory) / path.removeprefix("/small/")
            target = target / "index.html" if target.is_dir() else target
            if target.exists():
                return self.answer(200, target)
        return self.answer(404, Path(self.directory) / "404.html")

    def answer(self, status, path):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(path.read_bytes())


@pytest.fixture(scope="module")
def host(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Pages, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def dead(host, path):
    """Ask for an address, follow every link of the answer; return those that lead nowhere."""
    try:
        with urlopen(host + path) as answer:
            text = answer.read().decode()
    except HTTPError as error:
        assert error.code == 404
        with error:
            text = error.read().decode()
    missing = []
    for link in re.findall(r'(?:href|action|src)="((?!data:|#|http)[^"]+)"', text):
        try:
            urlopen(urljoin(host + path, link)).close()
        except HTTPError as error:
            error.close()
            missing.append(link)
    return missing


def test_the_404_page_works_at_any_depth(host):
    assert dead(host, "/small/nowhere") == []
    assert dead(host, "/small/a/b/c/nowhere.html") == []
    assert dead(host, "/small/chapters/page.html") == []  # an ordinary page


def test_a_404_page_with_relative_links_would_be_seen(host, site):
    text = (site / "404.html").read_text()
    try:
        (site / "404.html").write_text(text.replace('href="/small/chapters', 'href="chapters'))
        assert dead(host, "/small/nowhere") == []
        assert "chapters/page.html" in dead(host, "/small/a/b/nowhere")
    finally:
        (site / "404.html").write_text(text)


def test_a_site_without_an_address_is_built_without_what_needs_one(book):
    conf = (book / "conf.py").read_text().replace("https://me.github.io/small/", "")
    (book / "conf.py").write_text(conf)
    build(book, "elsewhere")
    assert 'rel="canonical"' not in (book / "elsewhere" / "chapters" / "page.html").read_text()
    assert not (book / "elsewhere" / "sitemap.xml").exists()


def test_the_pdf_is_linked_where_there_is_one(book):
    (book / "dist").mkdir()
    (book / "dist" / "lstm-from-scratch.pdf").write_bytes(b"%PDF")
    build(book, "printed")
    assert (book / "printed" / "lstm-from-scratch.pdf").exists()
    page = (book / "printed" / "chapters" / "page.html").read_text()
    assert 'href="../lstm-from-scratch.pdf"' in page


@pytest.mark.parametrize("text", ["Short.", "Each argument of it changes a shape. " * 9])
@pytest.mark.parametrize("title", [*meta.SEARCHED.values(), "A title as long as any: " * 3])
def test_a_card_holds_what_it_says(title, text):
    """Nothing lies upon something else or outside the picture."""
    figure = cards.draw(title[:60], text)
    boxes = [one.get_window_extent() for one in figure.texts]
    stripe = figure.artists[0].get_window_extent().y0
    for k, box in enumerate(boxes):
        assert 0 <= box.x0 and box.x1 <= figure.bbox.x1 and 0 <= box.y0 and box.y1 <= stripe
        assert not any(box.overlaps(other) for other in boxes[:k])


def test_a_card_is_drawn_once_and_renamed_when_it_says_something_else(tmp_path):
    name = cards.write(tmp_path, "One", "text.")
    changed = (tmp_path / name).stat().st_mtime_ns
    assert cards.write(tmp_path, "One", "text.") == name
    assert (tmp_path / name).stat().st_mtime_ns == changed
    assert cards.write(tmp_path, "One", "other.") != name
