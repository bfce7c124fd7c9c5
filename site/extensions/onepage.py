"""The book on one page, from which the PDF is printed: every link leads to its own chapter.

Chapters have headings and cells of the same name (`check`, `naive`). On one page such a name would
stand for the first of them, so it gets the chapter's name in front.
"""

from collections import Counter
from types import MethodType

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.singlehtml import SingleFileHTMLBuilder


def chapters(tree):
    """List the chapters within the one document, with their names."""
    return [(node["docname"], node) for node in tree.findall(addnodes.start_of_file)]


def rename(tree):
    """Make ids unique that several chapters have; return {(chapter, old id): new id}."""
    parts = chapters(tree)
    counts = Counter()
    for _, part in parts:
        counts.update({one for node in part.findall(nodes.Element) for one in node["ids"]})
    changes = {}
    for chapter, part in parts:
        for node in part.findall(nodes.Element):
            for k, old in enumerate(node["ids"]):
                if counts[old] > 1:
                    new = f"{chapter.rpartition('/')[2]}-{old}"
                    changes[chapter, old] = node["ids"][k] = new
    return changes


def fix_links(builder, tree):
    """Shorten `#document-chapter#id` to the id, which is the whole address on one page."""
    builder.renamed = rename(tree) or getattr(builder, "renamed", {})  # then tables of contents
    changes = builder.renamed
    for link in tree.findall(nodes.reference):
        start, _, name = link.get("refuri", "").rpartition("#")
        if start.startswith("#document-"):
            chapter = start.removeprefix("#document-")
            link["refuri"] = f"#{changes.get((chapter, name), name)}"
    for chapter, part in chapters(tree):
        for link in part.findall(nodes.reference):
            if link.get("refid"):
                link["refid"] = changes.get((chapter, link["refid"]), link["refid"])


def section_numbers(builder):
    """Return the numbers of the headings; those that were renamed keep theirs, if they had one."""
    tables = SingleFileHTMLBuilder.assemble_toc_secnumbers(builder)
    for table in tables.values():
        for (chapter, old), new in builder.renamed.items():
            table[f"{chapter}/#{new}"] = table.get(f"{chapter}/#{old}", ())
    return tables


def replace_methods(app):
    """Put ours in the place of Sphinx's, which forget the chapter."""
    if app.builder.name == "singlehtml":
        app.builder.fix_refuris = MethodType(fix_links, app.builder)
        app.builder.assemble_toc_secnumbers = MethodType(section_numbers, app.builder)


def setup(app):
    app.connect("builder-inited", replace_methods)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
