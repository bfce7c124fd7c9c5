"""What the libraries for link previews, sitemap and the 404 page cannot take from _config.yml."""

import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes

PDF = Path("dist") / "lstm-from-scratch.pdf"  # written by `make pdf`
SHORT, LONG = 60, 200  # of a description; search results show about 160 characters


def use_address(app, config):
    """Pass on the one address of the site, and bring the PDF along where there is one."""
    config.ogp_site_url = config.html_baseurl
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"
    if (Path(app.srcdir) / PDF).exists():
        config.html_extra_path.append(PDF.as_posix())


def describe(doctree, title):
    """Return the first sentences of the first paragraph under the title of a page.

    sphinxext-opengraph would repeat the title and stop in the middle of a sentence. A sentence
    that a list completes is left out, and a short answer follows the question of the title.
    """
    paragraphs = doctree.findall(nodes.paragraph)
    texts = [one.astext() for one in paragraphs if isinstance(one.parent, nodes.section)]
    chosen = ""
    for sentence in re.split(r"(?<=[.?!])\s+|(?<=[。？！])", " ".join((texts or [""])[0].split())):
        longer = f"{chosen} {sentence}".strip()
        if not re.search(r"[.?!。？！]$", sentence) or (chosen and len(longer) > LONG):
            break
        chosen = longer
    question = title.partition(": ")[2]
    if chosen and len(chosen) < SHORT and question:
        return f"{question[0].upper()}{question[1:]} {chosen}"
    return chosen


def add_tags(app, pagename, templatename, context, doctree):
    """Describe a page; keep pages that are no text out of search engines; link the PDF."""
    tag = '\n<meta name="robots" content="noindex" />'
    if doctree is None:  # search, index, 404
        context["pageurl"] = None
    else:
        title = " ".join(app.env.titles[pagename].astext().split())
        text = describe(doctree, title)
        tag = f'\n<meta name="description" content="{escape(text)}" />' if text else ""
        properties = {"og:title": title} | ({"og:description": text} if text else {})
        context["meta"] = (context["meta"] or {}) | properties
    context["metatags"] = context.get("metatags", "") + tag
    if (Path(app.srcdir) / PDF).exists():
        link = f'<a href="{context["pathto"](PDF.name, 1)}">The whole book as a PDF</a>.'
        context["theme_extra_footer"] = f"{context.get('theme_extra_footer', '')} {link}"


def setup(app):
    app.connect("config-inited", use_address)
    app.connect("html-page-context", add_tags, priority=450)  # before sphinxext-opengraph
    return {"parallel_read_safe": True, "parallel_write_safe": True}
