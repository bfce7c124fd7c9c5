"""A link to a paper's address is a citation: the site adds its number and lists the paper.

In a notebook, in Colab or on GitHub, the link reads as it stands and leads to the paper; a cite
role would show its braces there.
"""

from pathlib import Path

from docutils import nodes
from pybtex.database import parse_file
from sphinx import addnodes
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.roles import CitationRef


def address(fields):
    """Return the address that a bibliography entry has in the chapters."""
    if "doi" in fields:
        return f"https://doi.org/{fields['doi']}"
    if "eprint" in fields:
        return f"https://arxiv.org/abs/{fields['eprint']}"
    return fields["url"]


def addresses(bibliography):
    """Map the address of every paper to its key."""
    entries = parse_file(str(bibliography)).entries
    return {address(entry.fields): key for key, entry in entries.items()}


def cite(env, key, line):
    """Make the node of a cite role, and tell the bibliography of it."""
    count = env.new_serialno("citation")
    name = f"cite-{key}-{count}"
    domain = env.get_domain("cite")
    targets = list(parse_citation_targets(key))
    domain.citation_refs.append(CitationRef(name, env.docname, line, targets))
    inner = nodes.inline(key, key)
    return addnodes.pending_xref(
        key, inner, refdomain="cite", reftype="p", reftarget=key, refdoc=env.docname,
        refexplicit=False, refwarn=True, ids=[name],
    )


def number_links(app, doctree):
    """Put the number of the paper behind every link to one."""
    env = app.env
    keys = addresses(Path(app.srcdir) / "reference/references.bib")
    env.note_dependency(str(Path(app.srcdir) / "reference/references.bib"))
    for link in list(doctree.findall(nodes.reference)):
        key = keys.get(link.get("refuri"))
        if key:
            place = link.parent.index(link) + 1
            line = next((n.line for n in (link, link.parent) if n.line), 0)
            link.parent[place:place] = [nodes.Text("\u00a0"), cite(env, key, line)]


def link_back(app, doctree, docname):
    """Say under each paper which pages cite it."""
    env, domain = app.env, app.env.get_domain("cite")
    places = {}
    for reference in sorted(domain.citation_refs, key=lambda one: (one.docname, one.line)):
        for target in reference.targets:
            places.setdefault(target.key, {}).setdefault(reference.docname, reference)
    keys = {citation.citation_id: citation.key for citation in domain.citations}
    for node in doctree.findall(nodes.citation):
        paragraph = next(iter(node.findall(nodes.paragraph)))
        (key,) = (keys[one] for one in node["ids"] if one in keys)
        for k, (page, reference) in enumerate(places.get(key, {}).items()):
            address = app.builder.get_relative_uri(docname, page)
            title = env.titles[page].astext().partition(": ")[0]
            paragraph += nodes.Text(", " if k else " \u2190 ")
            paragraph += nodes.reference(
                "", title, internal=True, refuri=f"{address}#{reference.citation_ref_id}"
            )


def setup(app):
    app.connect("doctree-read", number_links)
    app.connect("doctree-resolved", link_back)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
