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
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lstm_from_scratch import shapes

FOLDER = Path(__file__).parent.parent / "calculator"
SCRIPT = FOLDER / "calculator.js"

# The fields of the form: name, what it means, first value, smallest value of a number.
MODULE = (
    ("input_size", "H_in, features of a step", "10", 1),
    ("hidden_size", "H_cell, units", "20", 1),
    ("num_layers", "layers", "1", 1),
    ("proj_size", "0: no projection", "0", 0),
    ("dropout", "between layers", "0", 0),
)
SWITCHES = (
    ("bias", "two bias vectors", True),
    ("batch_first", "(N, L, H) instead of (L, N, H)", False),
    ("bidirectional", "two directions", False),
)
CALL = (
    ("L", "sequence length", "5", 1),
    ("N", "batch size; empty: one sequence, no batch axis", "3", 0),
)
BYTES = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2}  # the first is the default

# Every other word of the page, here, so that another language needs this file only.
WORDS = {
    "without": "The choice needs JavaScript. This is one:",
    "error": "PyTorch says",
    "warning": "PyTorch warns",
    "bad_L": "L must be a whole number, the sequence length.",
    "bad_N": "N must be a whole number, the batch size, or empty.",
    "too_large": "These numbers are too large for this page.",
    "count": "{count} parameters",
    "tensors": "What goes in and comes out",
    "tensor": "tensor",
    "shape": "shape",
    "letters": "in letters",
    "parameters": "Parameters",
    "multiply_adds": "Multiply-adds per step, one sequence",
    "multiply_adds_call": "Multiply-adds of the whole call",
    "memory": "Bytes of the parameters, {dtype}",
    "memory_call": "Bytes of input, output, h_n and c_n",
    "code": "The same in Python:",
    "weights": "Parameters, in PyTorch's order",
    "name": "name",
    "numbers": "numbers",
    "row": "row of h_n",
    "further": "Every further layer has the shapes of the layer before it.",
}


def rules():
    """Return all data that the script works on: the rules, the bytes of dtypes and the words."""
    tables = ("ARGUMENTS", "LETTERS", "DIRECTIONS", "TENSORS", "PARAMETERS", "SUFFIXES",
              "REFUSALS", "ONE_LAYER")
    return {name: getattr(shapes, name) for name in tables} | {"BYTES": BYTES, "words": WORDS}


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
    """Return the fields as the form starts with them."""
    values = {name: value for name, _, value, *_ in (*MODULE, *SWITCHES, *CALL)}
    return values | {"dtype": next(iter(BYTES))}


def label(name, words):
    return f'<label for="calc-{name}"><code>{name}</code> <span>{words}</span></label>'


def number(name, words, value, smallest):
    step = "any" if name == "dropout" else 1
    return (f'<p>{label(name, words)}<input type="number" id="calc-{name}" name="{name}" '
            f'value="{value}" min="{smallest}" step="{step}" inputmode="decimal"></p>')


def switch(name, words, on):
    return (f'<p class="calc-switch"><input type="checkbox" id="calc-{name}" name="{name}"'
            f'{" checked" if on else ""}>{label(name, words)}</p>')


def page():
    """Return the calculator as HTML."""
    results = answer(first())
    code = escape(results["code"], quote=False)
    data = json.dumps(rules()).replace("<", "\\u003c")
    return f"""<div class="calculator"><form class="calc-form" autocomplete="off">
<fieldset><legend>nn.LSTM(...)</legend>
<div class="calc-fields">{"".join(number(*field) for field in MODULE)}
<p>{label("dtype", "of all tensors")}<select id="calc-dtype" name="dtype">
{"".join(f"<option>{name}</option>" for name in BYTES)}</select></p></div>
<div class="calc-fields">{"".join(switch(*field) for field in SWITCHES)}</div></fieldset>
<fieldset><legend>input</legend>
<div class="calc-fields">{"".join(number(*field) for field in CALL)}</div></fieldset></form>
<noscript><p>{WORDS["without"]}</p></noscript>
<p class="calc-says" aria-live="polite">{results["says"]}</p>
<p class="calc-message" data-result="message" aria-live="assertive"></p>
<div class="calc-results">{results["results"]}</div>
<div class="calc-code"><p>{WORDS["code"]}</p>
<div class="highlight"><pre data-result="code">{code}</pre></div></div>
<div class="calc-weights">{results["weights"]}</div>
<script type="application/json" id="calculator-rules">{data}</script></div>"""


class Calculator(SphinxDirective):
    """The directive `{calculator}`: the form and its first results."""

    def run(self):
        for path in (__file__, shapes.__file__, SCRIPT):
            self.env.note_dependency(str(path))  # a later build reads the page again if it changed
        return [nodes.raw("", page(), format="html")]


def add_folder(app, config):
    config.html_static_path.append(str(FOLDER))


def add_files(app, pagename, templatename, context, doctree):
    """Load the script and the style on the page with the calculator, and on no other."""
    if 'class="calculator"' in context.get("body", ""):
        app.add_css_file("calculator.css")
        for name in (SCRIPT.name, "calculator_page.js"):
            app.add_js_file(name, loading_method="defer")


def setup(app):
    app.add_directive("calculator", Calculator)
    app.connect("config-inited", add_folder)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
