"""The directive of the shape calculator: a form, and the results of its first choice.

The rules are those of `lstm_from_scratch/shapes.py`, which stand in the page as JSON. Only the
script in `site/calculator/` evaluates them: QuickJS runs it during the build, so that the first
results stand in the page without JavaScript too.
"""

import json
from functools import cache
from html import escape
from pathlib import Path

import quickjs
from assets import add_files
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lstm_from_scratch import errors, shapes

FOLDER = Path(__file__).parent.parent / "calculator"
SCRIPT = FOLDER / "calculator.js"

# The fields after PyTorch's arguments, and the values with which the form starts.
FIRST = {"input_size": 10, "hidden_size": 20, "dtype": "float32", "L": 5, "N": 3}
BYTES = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2}

MEANINGS = {
    "input_size": "H_in, features of a step",
    "hidden_size": "H_cell, units",
    "num_layers": "layers",
    "bias": "two bias vectors",
    "batch_first": "(N, L, H) instead of (L, N, H)",
    "dropout": "between layers",
    "bidirectional": "two directions",
    "proj_size": "0: no projection",
    "dtype": "of all tensors",
    "L": "sequence length",
    "N": "batch size; empty: one sequence, no batch axis",
}


def rules():
    """Return all data that the script works on: the rules, their texts and the bytes of dtypes."""
    tables = ("ARGUMENTS", "LETTERS", "DIRECTIONS", "TENSORS", "PARAMETERS", "SUFFIXES")
    others = {"REFUSALS": errors.REFUSALS, "ONE_LAYER": errors.ONE_LAYER, "BYTES": BYTES}
    return {name: getattr(shapes, name) for name in tables} | others


@cache
def script():
    """Return the script's function from rules and fields to results, all as JSON."""
    context = quickjs.Context()
    context.eval(SCRIPT.read_text(encoding="utf-8"))
    return context.eval("(rules, fields) => JSON.stringify("
                        "calculator.answer(JSON.parse(rules), JSON.parse(fields)))")


def answer(fields, data=None):
    """Return what the page shows for these fields."""
    return json.loads(script()(json.dumps(data or rules()), json.dumps(fields)))


def first():
    """Return the fields as the form starts with them: a number is text, as in a browser."""
    values = rules()["ARGUMENTS"] | FIRST
    return {name: value if isinstance(value, bool) else str(value)
            for name, value in values.items()}


def field(name, value):
    """Return one field of the form with its label."""
    attributes = f'id="calc-{name}" name="{name}"'
    if name == "dtype":
        options = "".join(f"<option>{dtype}</option>" for dtype in BYTES)
        control = f"<select {attributes}>{options}</select>"
    elif isinstance(value, bool):
        control = f'<input type="checkbox" {attributes}{" checked" if value else ""}>'
    else:
        control = f'<input type="number" step="any" {attributes} value="{value}">'
    label = f"<code>{name}</code> <span>{MEANINGS[name]}</span>"
    return f'<p><label for="calc-{name}">{label}</label>{control}</p>'


def group(legend, fields):
    rows = "".join(field(*one) for one in fields)
    return f'<fieldset><legend>{legend}</legend><div class="calc-fields">{rows}</div></fieldset>'


def page():
    """Return the calculator as HTML."""
    fields = [*first().items()]
    results = answer(first())
    code = escape(results["code"], quote=False)
    data = json.dumps(rules()).replace("<", "\\u003c")
    return f"""<div class="calculator"><form class="calc-form" autocomplete="off">
{group("nn.LSTM(...)", fields[:-2])}{group("input", fields[-2:])}</form>
<noscript><p>The choice needs JavaScript. This is one:</p></noscript>
<p class="calc-says" aria-live="polite">{results["says"]}</p>
<p class="calc-message" id="calc-message" aria-live="assertive"></p>
<p class="calc-address" role="status"></p>
<div class="calc-results">{results["results"]}</div>
<div class="calc-code"><p>The same in Python:</p>
<div class="highlight"><pre data-result="code">{code}</pre></div></div>
<div class="calc-weights">{results["weights"]}</div>
<script type="application/json" id="calculator-rules">{data}</script></div>"""


class Calculator(SphinxDirective):
    """The directive `{calculator}`: the form and its first results."""

    def run(self):
        for path in (__file__, shapes.__file__, errors.__file__, SCRIPT):
            self.env.note_dependency(str(path))  # a later build reads the page again if it changed
        return [nodes.raw("", page(), format="html")]


def setup(app):
    app.add_directive("calculator", Calculator)
    add_files(app, FOLDER, "calculator.css", SCRIPT.name, "calculator_page.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
