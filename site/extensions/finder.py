"""The records of the site's search: one for each section, row of the symptoms, entry of the cheat
sheet and term of the glossary, with the address of its own that this file gives it.

A section's record also has what readers ask for, in their words: the phrases of a comment below
its heading, `<!-- asked: learnable h0 c0; trainable initial state -->`. No page shows them.

They are a script, `_static/records.js`, because a page that was opened from a folder may load a
script and may not read a file. `site/static/search.js` loads it at the first search.
"""

import base64
import gzip
import json
import re
from collections import Counter
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

VENDOR = Path(__file__).parent.parent / "vendor" / "minisearch"
# Pages whose table rows are answers of their own, and the kind of these records.
ROWS = {"reference/symptoms": "symptom", "reference/cheat_sheet": "entry"}
ROW_KINDS = ("error", "symptom", "entry")
TERMS = "reference/glossary"
LEFT_OUT = (nodes.section, nodes.math, nodes.math_block, nodes.raw, nodes.comment, nodes.image)
EXCERPT = 120  # characters that a result shows
USUAL = 0.08  # a word that more than this share of the records has further down finds nothing
ASKED = re.compile(r"\s*<!--\s*asked:(.*?)-->\s*", re.DOTALL)
COMMON = set("a an and are as at be but by can do does for from has have if in into is it its no"
             " not of on one or our so than that the then there these they this to two was we"
             " what when where which with you your".split())


def plain(node):
    """Return the words of a node: no formulas, no code of cells, no sections within it."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, LEFT_OUT) or node.get("nb_element") == "cell_code":
        return ""
    if isinstance(node, nodes.literal):
        return f"`{node.astext()}`"  # shown as code again
    inline = isinstance(node, nodes.TextElement)
    return ("" if inline else " ").join(plain(child) for child in node.children) + (
        "" if isinstance(node, nodes.Inline) else " ")


def clean(text):
    return re.sub(r"\s+", " ", text).strip()


def shortened(text):
    """Return the beginning of a text, and the words of the rest, each once."""
    if len(text) <= EXCERPT:
        return text, ""
    begin = text[:EXCERPT].rpartition(" ")[0]
    seen = set(re.findall(r"\w+", begin.lower())) | COMMON
    rest = re.findall(r"[^\W\d]\w{2,}", text[len(begin):].lower())
    return begin + " …", " ".join(sorted(set(rest) - seen))


def names(section):
    """Return the functions and arguments that the section's own cells use: with an underscore."""
    found = set()
    for child in section.children:
        if isinstance(child, nodes.container) and child.get("nb_element") == "cell_code":
            for code in child.findall(nodes.literal_block):
                found |= set(re.findall(r"\b[a-z]\w*_\w+", code.astext()))
    return found


def asked(doctree):
    """Take the comments of phrases out of a page, and return them by section."""
    found = {}
    for node in list(doctree.findall(nodes.raw)):
        comment = ASKED.fullmatch(node.astext())
        if comment:
            section = node.parent
            while section and not isinstance(section, nodes.section):
                section = section.parent
            found.setdefault(section, []).append(clean(comment[1]).lower().replace("~", ""))
            node.parent.remove(node)
    return {section: "; ".join(phrases) for section, phrases in found.items()}


def record(kind, place, title, text, more=(), phrases=""):
    excerpt, rest = shortened(clean(text)) if kind in ("section", "page") else (clean(text), "")
    words = " ".join(filter(None, [rest, *sorted(more)]))
    return [kind, place, clean(title), excerpt, words, phrases]


def of_section(page, section, phrases):
    top = isinstance(section.parent, nodes.document)
    kind = "page" if top else "term" if page == TERMS else "section"
    tables = nodes.table if page in ROWS else ()  # their rows are records themselves
    body = [child for child in section.children[1:] if not isinstance(child, tables)]
    title = section.next_node(nodes.title).astext()
    text = " ".join(map(plain, body))
    place = "" if top else section["ids"][0]
    return record(kind, place, title, text, names(section), phrases)


def of_row(page, row, taken):
    """Name the row after its first cell; return its record, and where its first link leads."""
    first, *others = (clean(plain(entry)) for entry in row.children)
    name = stem = nodes.make_id("row " + first)[:70].strip("-")
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    row["ids"].append(name)
    taken[name] = row
    error = ROWS[page] == "symptom" and re.fullmatch("`[^`]+`", first)
    kind = "error" if error else ROWS[page]
    links = [(link["reftarget"], link["reftargetid"] or "") for link in row.children[0].findall(
        addnodes.pending_xref) if link.get("reftargetid")]
    return record(kind, name, first, "; ".join(filter(None, others))) + links[:1]


def collect(app, doctree):
    """Give each row an id, and keep the page's records."""
    page = app.env.docname
    phrases = asked(doctree)
    records = [of_section(page, section, phrases.get(section, ""))
               for section in doctree.findall(nodes.section)]
    if page in ROWS:
        rows = [row for body in doctree.findall(nodes.tbody) for row in body.findall(nodes.row)]
        records += [of_row(page, row, doctree.ids) for row in rows]
    app.env.search_records[page] = records


def begin(app):
    if not hasattr(app.env, "search_records"):
        app.env.search_records = {}
    if app.builder.format == "html":
        app.builder.search = False  # Sphinx writes no index of its own: it finds pages, not places
        app.config.html_static_path.append(str(VENDOR))


def forget(app, env, page):
    env.search_records.pop(page, None)


def merge(app, env, pages, other):
    for page in pages:
        env.search_records[page] = other.search_records.get(page, [])


def search_page(app):
    if app.builder.name == "html":
        yield "search", {}, "search.html"


def address(env, page, slug):
    """Return where a link of MyST leads: the page, and the id that its slug stands for."""
    _, name, _ = env.metadata[page].get("myst_slugs", {}).get(slug, (0, slug, ""))
    return f"{page}.html#{name}"


def own_place(kind, title):
    """Return the id that most records with this title have: it needs not be written."""
    row = kind in ROW_KINDS
    place = re.sub("[^a-z0-9]+", "-", ("row " if row else "") + title.lower()).strip("-")
    return place[:70].strip("-") if row else place


def light(records):
    """Return the records as rows: page, kind, place or 0, title, excerpt, further words, phrases,
    and where the row of a table leads. Words that too many records have further down are gone."""
    rows = [[page, *one] for page in records for one in records[page]]
    counts = Counter(word for row in rows for word in row[5].split())
    for row in rows:
        _, kind, place, title, _, words, *_ = row
        row[2] = 0 if place == own_place(kind, title) else place
        row[5] = " ".join(word for word in words.split() if counts[word] <= USUAL * len(rows))
    return [row + [""] * (8 - len(row)) for row in rows]


def packed(rows):
    """Return the rows' columns, which repeat themselves more than rows do, as JSON, in gzip, in
    base64: as a script may hold them."""
    text = json.dumps(list(zip(*rows, strict=True)), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


def write(app, exception):
    """Write the records of all pages, in the order of the book."""
    if exception or app.builder.name != "html":
        return
    rows = light({
        page: [one[:6] + [address(app.env, *link) for link in one[6:]] for one in rows]
        for page, rows in app.env.search_records.items()})
    text = f'window.searchRecords = "{packed(rows)}";\n'
    (Path(app.outdir) / "_static" / "records.js").write_text(text, encoding="ascii")


def setup(app):
    app.connect("builder-inited", begin)
    app.connect("doctree-read", collect, priority=900)  # after cells have their names
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write)
    return {"version": "1", "env_version": 5,
            "parallel_read_safe": True, "parallel_write_safe": True}
