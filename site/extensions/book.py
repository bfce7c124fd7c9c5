"""The book's Sphinx extension: cells as targets, what is folded or marked, notes on recordings."""

import ast
import json
import re
from pathlib import Path

from docutils import nodes

from lstm_from_scratch.verify import reports

# Pages that draw recordings, and where those are.
RECORDED = {
    "chapters/what_is_verified": "recordings/verification",
    "chapters/21_counting_the_cost": "recordings/benchmarks",
    "chapters/22_swap_it_in": "recordings/benchmarks",
}

FIGURE_LINES = 4  # a longer cell does more than draw
LONG_TEXT = 90  # letters
COMMENT = re.compile(r"^#", re.M)
SETTINGS = ("torch.manual_seed(", "torch.set_default_dtype(", "torch.set_num_threads(")
# A line of columns: it has a gap, which does not end a sentence, or six numbers side by side, or
# is the row of a matrix. A line of code in another language ends with its mark.
IN_COLUMNS = re.compile(
    r"^(?: *(?:tensor\()?\[.*\d|.*[^\s.] {2,}\S|.*(?: \d+){6}| +\S.*[;{]$)", re.M)


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


def asserts(tree):
    """Say whether a cell has an assert, or calls a function whose name begins so."""
    calls = (getattr(node.func, "attr", getattr(node.func, "id", ""))
             for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(isinstance(node, ast.Assert) for node in ast.walk(tree)) or any(
        name.startswith("assert") for name in calls)


def sets_up(tree):
    """Say whether a cell only imports, and sets the seed or the dtype."""
    return bool(tree.body) and all(
        isinstance(statement, (ast.Import, ast.ImportFrom))
        or ast.unparse(statement).startswith(SETTINGS)
        for statement in tree.body)


def mark_cells(app, doctree):
    """Fold cells that only set up, and calls that only draw a figure; mark cells that assert.

    A reader of the page came for the answer. A cell that asserts is shown with a quiet mark,
    because it prints nothing when it holds. So is a solution in words, which are comments: on a
    narrow page its lines wrap.
    """
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code" or "tag_remove-input" in cell["classes"]:
            continue
        source = next(cell.findall(nodes.literal_block)).astext()
        if len(COMMENT.findall(source)) > len(source.splitlines()) / 2:
            cell["classes"].append("words")
        if cell.get("hide_mode"):
            continue
        tree, name = ast.parse(source), None
        if asserts(tree):
            cell["classes"].append("proof")
        elif sets_up(tree):
            name = "set-up"
        elif any(cell.findall(nodes.figure)) and source.count("\n") < FIGURE_LINES:
            name = "code of the figure"
        if name:
            cell["hide_mode"] = "input"
            cell["prompt_show"], cell["prompt_hide"] = f"Show the {name}", f"Hide the {name}"
        if name == "set-up":
            join(cell)


def join(cell):
    """Put a second cell of set-up into the fold of the first: nobody opens two."""
    place = cell.parent.index(cell)
    first = cell.parent[place - 1]
    if place and cell["prompt_show"] == first.get("prompt_show"):
        first[0]["ids"] += cell["ids"]
        first[0] += cell[0].children
        cell.parent.remove(cell)


def join_prints(app, doctree):
    """Put together what a cell printed. It comes in pieces, which may end within a line: MyST's
    own nb_merge_streams begins a new line there. Between them may lie what showed the progress."""
    def shows_nothing(output):
        kinds = {one.get("mime_type"): one.astext().strip() for one in output.children
                 if isinstance(one, nodes.Element)}
        return kinds.get("text/html") == ""

    for piece in list(doctree.findall(nodes.literal_block)):
        earlier = piece.parent[:piece.parent.index(piece)]
        before = next((one for one in reversed(earlier) if not shows_nothing(one)), None)
        prints = {"output", "stream"} <= set(piece["classes"])
        if prints and before and before["classes"] == piece["classes"]:
            before.rawsource = before.astext() + piece.astext()
            before.children = [nodes.Text(before.rawsource)]  # unequal, and it has no colours
            piece.parent.remove(piece)


def mark_columns(app, doctree):
    """Mark what prints columns: on a narrow page it scrolls, where other outputs wrap."""
    for output in doctree.findall(nodes.literal_block):
        lines = output.astext().splitlines() if "output" in output["classes"] else []
        rest = [line for line in lines if not IN_COLUMNS.match(line)]
        # A long text between columns is an error message, which is read.
        if len(rest) < len(lines) - 1 and max(map(len, rest), default=0) < LONG_TEXT:
            output["classes"].append("columns")


def plain_contents(app, doctree):
    """A list of a page's parts is a list: as a landmark it would need a name of its own."""
    for topic in list(doctree.findall(nodes.topic)):
        if "contents" in topic["classes"]:
            topic.replace_self(nodes.container("", *topic.children, classes=topic["classes"]))


def mark_answers(app, doctree):
    """The first paragraph under a question is its answer, and is set so that it is seen."""
    for section in doctree.findall(nodes.section):
        title, *rest = section.children
        question = title.astext().endswith(("?", "?”", "？"))
        inner = not isinstance(section.parent, nodes.document)
        if question and inner and rest and isinstance(rest[0], nodes.paragraph):
            rest[0]["classes"].append("answer")


def outdated(app, env, added, changed, removed):
    """Read the pages of recordings again in every build: what they note depends on the code."""
    return [page for page in RECORDED if page in env.found_docs]


def note_recordings(app, doctree):
    """Say below the head of these pages which recordings are older than the code, and if none is
    of a GPU. Written here and not in a cell's output, because it is true of this build only."""
    if app.env.docname in RECORDED:
        notes = reports.notes(Path(app.srcdir) / RECORDED[app.env.docname])
        # Behind what the chapter promises: a reader has to know first what a recording is for.
        top = next(iter(doctree.findall(nodes.section)))
        place = top.first_child_matching_class(nodes.section)
        for sentence in notes:
            top.insert(place, nodes.note("", nodes.paragraph("", sentence)))


def add_filters(app, pagename, templatename, context, doctree):
    """The page of checked statements has filters and a look of its own."""
    if 'class="claim" ' in context.get("body", ""):
        app.add_js_file("claims.js", loading_method="defer")
        app.add_css_file("claims.css")


def setup(app):
    app.connect("html-page-context", add_filters)
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-read", note_recordings)
    app.connect("doctree-read", name_cells)
    app.connect("doctree-read", mark_cells)
    app.connect("doctree-read", join_prints)
    app.connect("doctree-read", mark_columns)
    app.connect("doctree-read", plain_contents)
    app.connect("doctree-read", mark_answers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
