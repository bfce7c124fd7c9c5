"""The book's Sphinx extension: cells as link targets, notes on recordings."""

import json
from pathlib import Path

from docutils import nodes

from lstm_from_scratch.verify import reports

# Pages that draw recordings, and where those are.
RECORDED = {
    "chapters/what_is_verified": "recordings/verification",
    "chapters/21_counting_the_cost": "recordings/benchmarks",
    "chapters/22_swap_it_in": "recordings/benchmarks",
}


def name_cells(app, doctree):
    """Set the HTML id of every code cell to the id that it has in the notebook.

    Pages can then link to `chapters/05_parameters.ipynb#two-biases`, and the build checks the
    link: MyST looks a fragment up among the slugs of the page.
    """
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") != "cell_code":
            continue
        cell_id = cells[node["cell_index"]].get("id")
        if cell_id and cell_id not in doctree.ids:
            # In a folded cell the code is the target: a browser opens what is around its target.
            target = node.children[0] if "tag_hide-cell" in node["classes"] else node
            target["ids"].append(cell_id)
            doctree.ids[cell_id] = target
            slugs.setdefault(cell_id, (node.line, cell_id, cell_id))


def outdated(app, env, added, changed, removed):
    """Read the pages of recordings again in every build: what they note depends on the code."""
    return [page for page in RECORDED if page in env.found_docs]


def note_recordings(app, doctree):
    """Say at the head of these pages which recordings are older than the code, and if none is of
    a GPU. Written here and not in a cell's output, because it is true of this build only."""
    if app.env.docname in RECORDED:
        notes = reports.notes(Path(app.srcdir) / RECORDED[app.env.docname])
        first = next(iter(doctree.findall(nodes.paragraph)))
        for sentence in notes:
            note = nodes.note("", nodes.paragraph("", sentence))
            first.parent.insert(first.parent.index(first), note)


def setup(app):
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-read", note_recordings)
    app.connect("doctree-read", name_cells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
