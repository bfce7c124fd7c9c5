"""What search engines, link previews and lost readers see: descriptions, card, sitemap, 404.

The site's address follows from the repository's, the one place that `make address` changes, or is
`html: baseurl` of _config.yml. Without either (a host other than GitHub) nothing that needs an
absolute address is written, and the build is as good as before.
"""

import re
import shutil
import sys
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))
from address import site  # noqa: E402

CARD = "card.png"  # in site/static, 1200 x 630, drawn by tools/pictures.py
PDF = Path("dist") / "lstm-from-scratch.pdf"  # written by `make pdf`
SHORT, LONG = 60, 200  # of a description; search results show about 160 characters
LICENCE = (
    "Code: MIT License. Text and figures: "
    '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.'
)


def set_base(app, config):
    """Derive the site's address from the repository's, unless it is given."""
    if not config.html_baseurl:
        config.html_baseurl = site(config.html_theme_options.get("repository_url", ""))
    if config.html_baseurl:
        config.html_baseurl = config.html_baseurl.rstrip("/") + "/"


def page_address(config, page):
    """Return the canonical address of a page, or "" if the site has none."""
    name = "" if page == config.root_doc else f"{page}.html"
    return config.html_baseurl and config.html_baseurl + name


def describe(doctree, title):
    """Take the first sentences of a page: those of the first paragraph under its title.

    "At the end of this chapter you can", which a list completes, is no sentence and is left out.
    An answer too short to stand alone follows the question of the title.
    """
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            break
    else:
        return ""
    sentences = re.split(r"(?<=[.?!])\s+|(?<=[。？！])", " ".join(paragraph.astext().split()))
    chosen = ""
    for sentence in sentences:
        longer = f"{chosen} {sentence}".strip()
        if not re.search(r"[.?!。？！]$", sentence) or (chosen and len(longer) > LONG):
            break
        chosen = longer
    question = title.partition(": ")[2]
    if chosen and len(chosen) < SHORT and question:
        return f"{question[0].upper()}{question[1:]} {chosen}"
    return chosen


def tags(properties):
    """Write meta elements: Open Graph names are properties, the others are names."""
    return "".join(
        f'\n<meta {"property" if name.startswith("og:") else "name"}="{name}"'
        f' content="{escape(content)}" />'
        for name, content in properties.items()
        if content
    )


def add_tags(app, pagename, templatename, context, doctree):
    """Describe the page in its head; keep pages that are no text out of search engines."""
    config = app.config
    context["theme_extra_footer"] = LICENCE
    if (Path(app.srcdir) / PDF).exists() and app.builder.name == "html":
        link = context["pathto"](PDF.name, 1)
        context["theme_extra_footer"] += f' <a href="{link}">The whole book as a PDF</a>.'
    if doctree is None:  # search, index
        context["metatags"] = context.get("metatags", "") + tags({"robots": "noindex"})
        context.pop("pageurl", None)
        return
    address = page_address(config, pagename)
    context["pageurl"] = address or None
    title = " ".join(app.env.titles[pagename].astext().split())
    given = context.get("metatags", "")
    description = re.search(r'name="description"[^>]*content="([^"]*)"', given)
    description = None if description else describe(doctree, title)
    card = {
        "og:image": f"{config.html_baseurl}_static/{CARD}",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "An LSTM of two layers and two directions over four steps.",
        "twitter:card": "summary_large_image",
    }
    context["metatags"] = given + tags(
        {
            "description": description,
            "og:title": title,
            "og:description": description,
            "og:type": "website" if pagename == config.root_doc else "article",
            "og:site_name": config.html_title,
            "og:url": address,
            **(card if address else {}),
        }
    )


def pages(app):
    """List the pages in reading order: those of the table of contents, the cover first."""
    includes, found, todo = app.env.toctree_includes, [], [app.config.root_doc]
    while todo:
        page = todo.pop(0)
        if page not in found:
            found.append(page)
            todo = includes.get(page, []) + todo
    return found


def not_found(app):
    """Write the page for an address that does not exist.

    It is served for any path, however deep, so it carries its styles and names its links from the
    root of the host.
    """
    base = urlsplit(app.config.html_baseurl).path or "/"
    entries = "\n".join(
        f'<li><a href="{base}{page}.html">{escape(app.env.titles[page].astext())}</a></li>'
        for page in pages(app)
        if page != app.config.root_doc
    )
    template = (Path(__file__).parent / "404.html").read_text(encoding="utf-8")
    return (
        template.replace("{{ base }}", base)
        .replace("{{ title }}", escape(app.config.html_title))
        .replace("{{ language }}", app.config.language or "en")
        .replace("{{ pages }}", entries)
    )


def write_files(app, exception):
    """Write what is no page: 404.html, sitemap, robots.txt; and bring the PDF if there is one."""
    if exception or app.builder.name != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    (out / "404.html").write_text(not_found(app), encoding="utf-8", newline="\n")
    if (Path(app.srcdir) / PDF).exists():
        shutil.copy(Path(app.srcdir) / PDF, out / PDF.name)
    if base:
        urls = "".join(
            f"<url><loc>{escape(page_address(app.config, page))}</loc></url>\n"
            for page in pages(app)
        )
        sitemap = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
        )
        (out / "sitemap.xml").write_text(sitemap, encoding="utf-8", newline="\n")
        robots = f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n"
        (out / "robots.txt").write_text(robots, encoding="utf-8", newline="\n")


def setup(app):
    app.connect("config-inited", set_base)
    app.connect("html-page-context", add_tags, priority=600)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
