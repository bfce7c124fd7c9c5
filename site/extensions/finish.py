"""The finished pages, each read and written once: what no template can mend, what a page may load
and run, and styles without the rules that no page needs.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

# What the theme's own templates write, and what a reader without JavaScript, or before it runs,
# needs: the theme "auto" has no colours.
MENDED = {
    'data-theme="auto"': 'data-theme="light"',
    'localStorage.getItem("theme") || "auto"':
        'localStorage.getItem("theme") || '
        '(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
    '<meta name="viewport" content="width=device-width, initial-scale=1" />': "",
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>': "",
    # Scripts wait until the page is read. Without `defer` each stopped it for a round trip: a
    # browser that has met a policy in <meta> looks for none of them ahead.
    "<script src=": "<script defer src=",
    '<span class="std std-ref">': "<span>",  # a class that no style asks for, once for each link
}

# Each word of inline code is a span of its own, and so is each name and sign in a block of code,
# in the colour of what is around it: a third of a page of errors.
WORD = re.compile('<span class="(?:pre|n|nn|p|w)">([^<]*)</span>')
# Set for a switch of versions that this book has not, before the options of Sphinx are there.
NEEDLESS = re.compile(r"\n *<script>DOCUMENTATION_OPTIONS\.pagename = [^<]*</script>")

# Scripts run from this site only, and inline those that the build wrote. In pages that were opened
# from a folder, 'self' is every file: seen in Chromium 156 and Firefox 153.
POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'"
)
META = '<meta http-equiv="Content-Security-Policy" content="{}" />'
FIRST = '<meta charset="utf-8" />'  # the policy holds for what follows it
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S)
# What no hash allows: the reader's browser would refuse it without a word on the page.
REFUSED = re.compile(r"""<[a-z][^<>]*\s(on[a-z]+=["']|href=["']\s*javascript:)""", re.I)

logger = logging.getLogger(__name__)


def hashes(page):
    """Return the hash of each inline script that a browser runs, in a policy's words."""
    scripts = (text for attributes, text in SCRIPT.findall(page)
               if "src=" not in attributes and "application/json" not in attributes)  # data
    digests = (b64encode(sha256(text.encode()).digest()).decode() for text in scripts)
    return sorted({f"'sha256-{digest}'" for digest in digests})


def protected(page):
    """Put the policy into a page, before all that it is about.

    Raises:
        ExtensionError: the page has no head as the theme writes it.
    """
    page = re.sub("\n" + META.format(".*?"), "", page)  # of an earlier build
    if page.count(FIRST) != 1:
        raise ExtensionError(f"{page.count(FIRST)} times {FIRST}")
    policy = POLICY.format(hashes="".join(f" {one}" for one in hashes(page)))
    return page.replace(FIRST, f"{FIRST}\n{META.format(policy)}")


def mended(page):
    """Mend a page of the theme, and let no script of the site stop its reading."""
    for wrong, right in MENDED.items():
        page = page.replace(wrong, right)
    return WORD.sub(r"\1", NEEDLESS.sub("", page))


PRUNED = ("bootstrap.css", "pydata-sphinx-theme.css", "sphinx-design.min.css")


def closing(css, start):
    """Return the place of the brace that closes the one at `start`."""
    depth = 0
    for brace in re.finditer("[{}]", css[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.start()
    raise ValueError(f"no closing brace: {css[start:start + 40]}")


def needed(selector, used):
    """Say whether each class that a selector asks for occurs; choices in brackets are left out."""
    asked = re.sub(r":(not|is|where)\([^)]*\)", "", selector)
    return all(name in used for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", asked))


def pruned(css, used):
    """Leave out the rules that ask for a class which no page and no script has."""
    css, kept, place = re.sub(r"/\*[^!].*?\*/", "", css, flags=re.S), [], 0
    while (start := css.find("{", place)) >= 0:
        end, head = closing(css, start), css[place:start]
        *statements, head = head.split(";")  # such as @charset
        kept += [statement + ";" for statement in statements]
        if head.lstrip().startswith(("@media", "@supports")):
            inner = pruned(css[start + 1:end], used)
            kept += [head, "{", inner, "}"] if inner.strip() else []
        elif head.lstrip().startswith("@"):
            kept.append(head + css[start:end + 1])
        else:
            selectors = re.split(r",(?![^(]*\))", head)
            selectors = [one for one in selectors if needed(one, used)]
            kept += [",".join(selectors), css[start:end + 1]] if selectors else []
        place = end + 1
    return "".join(kept) + css[place:]


def pages(out):
    """List the pages; what lies in _static and _sources is none."""
    paths = sorted(out.rglob("*.html"))
    return [path for path in paths if not path.relative_to(out).parts[0].startswith("_")]


def finish(app, exception):
    """Mend and protect each page, and note its classes: all others leave the theme's styles."""
    if exception or app.builder.name != "html":
        return
    out, used = Path(app.outdir), set()
    for path in pages(out):
        before = path.read_text("utf-8")
        page = protected(mended(before))
        for found in REFUSED.findall(page):
            logger.warning("the policy refuses %s", found, location=str(path.relative_to(out)))
        if page != before:
            path.write_text(page, "utf-8")
        for names in re.findall(r'class="([^"]*)"', page):
            used.update(names.split())
    for path in out.rglob("*.js"):
        used.update(re.findall(r"[\w-]+", path.read_text("utf-8")))
    for path in out.rglob("*.css"):  # half of their bytes
        if path.name in PRUNED:
            path.write_text(pruned(path.read_text("utf-8"), used), "utf-8")


def setup(app):
    app.connect("build-finished", finish, priority=900)  # when all is written
    return {"parallel_read_safe": True, "parallel_write_safe": True}
