"""The book's Sphinx extension: cells as link targets, pages without console errors."""

import json
from pathlib import Path

from docutils import nodes


def name_cells(app, doctree):
    """Give every code cell the HTML id that it has in the notebook.

    Pages can then link to `chapters/01_parameters.ipynb#two-biases`, and the build checks the
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
            node["ids"].append(cell_id)
            doctree.ids[cell_id] = node
            slugs.setdefault(cell_id, (node.line, cell_id, cell_id))


def drop_scripts(app, pagename, templatename, context, doctree):
    """Drop thebe, which this book does not use, and scripts that stand on the page twice.

    Both would declare their constants again, which the browser's console reports as an error.
    """
    kept, seen = [], set()
    for script in context.get("script_files", []):
        key = f"{script.filename or ''} {script.attributes.get('body', '')}"
        if key not in seen and "thebe" not in key.lower():
            kept.append(script)
        seen.add(key)
    context["script_files"] = kept


def setup(app):
    app.connect("doctree-read", name_cells)
    app.connect("html-page-context", drop_scripts, priority=990)  # after the extensions' own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
