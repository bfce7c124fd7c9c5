"""The directive of the LSTM explorer: the weights, and the first view of the page.

The scripts in site/explorer/ compute and draw. QuickJS runs them here for the first name, so that
a picture and a table of it stand in the page without JavaScript. The weights, the held-out names
and all measurements are those of chapters/data/surnames_lstm.json, which
recordings/train_surnames.py wrote.
"""

import base64
import json
from functools import cache
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lstm_from_scratch.teaching import data
from lstm_from_scratch.teaching.style import COLOURS

FOLDER = Path(__file__).parent.parent / "explorer"
SCRIPTS = [FOLDER / f"explorer_{name}.js" for name in ("lstm", "model", "draw")]
WEIGHTS = "surnames_lstm.json"
NAME = "reinikainen"  # a test name, at which the chapter looks too


def meaning(unit):
    """Return how far a unit rises with its property, where it was searched and where checked."""
    return min(unit["validation"], unit["test"])


@cache
def stored():
    return json.loads(data.checked(WEIGHTS).read_text("utf-8"))


@cache
def numbers():
    """Return all that the page computes with."""
    file = stored()
    raw = b"".join(base64.b64decode(tensor["float32"]) for tensor in file["weights"].values())
    kept = file["perplexity_and_language_by_seed"][file["seed"]]
    units = file["units"]
    return {
        "alphabet": file["alphabet"],
        "languages": file["languages"],
        "units": file["sizes"]["units"],
        "embedding": file["sizes"]["embedding"],
        "shapes": {name: tensor["shape"] for name, tensor in file["weights"].items()},
        "weights": base64.b64encode(raw).decode(),
        "names": {language: ",".join(some) for language, some in file["test_names"].items()},
        "trained": {"letters": kept["test"], "right": kept["language_test"]},
        "ngrams": {n: row["test"] for n, row in file["perplexity_of_ngrams"].items()},
        "counting": file["language_by_counting"],
        "about": units,
        "name": NAME,
        # The one shown first has a simple meaning; a memory that grows is the easiest to read.
        "unit": max(range(len(units)), key=lambda unit: meaning(units[unit])),
    }


@cache
def engine():
    """Return the scripts' function from the data to the first view, HTML as JSON."""
    context = quickjs.Context()
    for path in SCRIPTS:
        context.eval(path.read_text(encoding="utf-8"))
    return context.eval("""(text) => {
        const data = JSON.parse(text), net = model.load(data);
        return JSON.stringify(explorer.frame(data, explorer.first(data, net)));
    }""")


def page():
    """Return the explorer as HTML; what needs JavaScript is hidden until it runs."""
    text = json.dumps(numbers(), ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c")  # as JSON the same, and no tag
    colours = ";".join(f"--{key}:{value}" for key, value in COLOURS.items())
    return f"""<div class="explorer" style="{colours}">
<noscript><p>To try it, let this page run JavaScript. This is what it shows for “{NAME}”.</p>
</noscript><div class="ex-frame">{json.loads(engine()(text))}</div>
<script type="application/json">{text}</script></div>"""


class Explorer(SphinxDirective):
    """The directive `{explorer}`."""

    def run(self):
        source = Path(self.env.srcdir) / "chapters" / "data" / WEIGHTS
        for path in (__file__, source, *SCRIPTS):
            self.env.note_dependency(str(path))
        return [nodes.raw("", page(), format="html")]


def add_folder(app, config):
    config.html_static_path.append(str(FOLDER))


def setup(app):
    app.add_directive("explorer", Explorer)
    app.connect("config-inited", add_folder)
    app.add_css_file("explorer.css")
    for name in ("lstm", "model", "draw", "page"):
        app.add_js_file(f"explorer_{name}.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
