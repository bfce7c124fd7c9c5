"""The cover's live picture, and its numbers: both are made by the build.

site/cover/cover.js draws the picture from the calculator's rules. QuickJS runs it here for the
first choice, so that it stands in the page without JavaScript too.
"""

import json
from functools import cache
from pathlib import Path

import calculator
import nbformat
import quickjs
import yaml
from assets import add_files
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

FOLDER = Path(__file__).parent.parent / "cover"
SCRIPTS = (calculator.SCRIPT, FOLDER / "cover.js")
SWITCHES = ("bidirectional", "batch_first", "proj_size")
LAYERS = (1, 2, 3)


@cache
def drawn():
    """Return the first table, sentence and picture, as cover.js makes them."""
    context = quickjs.Context()
    for path in SCRIPTS:
        context.eval(path.read_text(encoding="utf-8"))
    return json.loads(context.eval("""(rules) => {
        const all = cover.rows(JSON.parse(rules), cover.FIRST);
        return JSON.stringify({table: cover.table(all), picture: cover.picture(cover.FIRST),
            says: all.find(({name}) => name === "h_n").says});
    }""")(json.dumps(calculator.rules())))


def live():
    """Return the live picture as HTML; its switches appear where JavaScript runs."""
    layers = "".join(f'<button type="button" data-set="num_layers" data-to="{one}">{one}</button>'
                     for one in LAYERS)
    others = "".join(f'<button type="button" data-set="{one}">{one}</button>' for one in SWITCHES)
    first, rules = drawn(), json.dumps(calculator.rules()).replace("<", "\\u003c")
    return f"""<div class="cover-live" data-lit="h_n">
<div class="cover-switches" role="group" aria-label="Arguments of nn.LSTM" hidden>
<span>num_layers</span>{layers}{others}</div>
<div class="cover-tensors">{first["table"]}</div>
<p class="cover-says" aria-live="polite">{first["says"]}</p>
<div class="cover-picture">{first["picture"]}</div>
<script type="application/json" class="calculator-rules">{rules}</script></div>"""


def numbers(root):
    """Return what the build can count: (number, words, page that shows it)."""
    notebooks = [nbformat.read(path, 4) for path in sorted((root / "chapters").glob("*.ipynb"))]
    cells = sum(cell.cell_type == "code" for notebook in notebooks for cell in notebook.cells)
    claims = yaml.safe_load((root / "chapters" / "claims.yml").read_text("utf-8"))
    verdicts = {claim["statement"]: claim["verdict"] for claim in claims}
    false = list(verdicts.values()).count("false")
    reports = (root / "recordings" / "verification").glob("*.json")
    rows = sum(len(json.loads(path.read_text("utf-8"))["rows"]) for path in reports)
    yield f"{cells:,}", "cells run at every build", "#how-to-trust-it"
    yield f"{len(verdicts)}", f"published statements checked, {false} of them false", \
        "chapters/claims.html"
    yield f"{rows:,}", "comparisons with PyTorch recorded", "chapters/what_is_verified.html"


class Cover(SphinxDirective):
    """The directive `{cover}`: the live picture; `{cover} numbers`: the strip of numbers."""

    optional_arguments = 1

    def run(self):
        root = Path(self.env.srcdir)
        if self.arguments == ["numbers"]:
            self.env.note_reread()
            items = "".join(f'<li><a href="{page}"><b>{number}</b> {words}</a></li>'
                            for number, words, page in numbers(root))
            return [nodes.raw("", f'<ul class="cover-numbers">{items}</ul>', format="html")]
        for path in (__file__, *SCRIPTS):
            self.env.note_dependency(str(path))
        return [nodes.raw("", live(), format="html")]


def setup(app):
    app.add_directive("cover", Cover)
    add_files(app, FOLDER, "cover.css", "cover.js", "cover_page.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
