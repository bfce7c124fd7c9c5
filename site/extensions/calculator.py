"""The shape calculator's directive: a form, and the results of its first configuration.

The rules are those of shapes.py, as JSON in the page. The page's own script, run while the site is
built by QuickJS, writes the first results, which are there without JavaScript too. The files of
`calculator/` are loaded by the page with this directive only.
"""

import json
import shutil
from functools import cache
from html import escape
from pathlib import Path

import quickjs
from docutils import nodes
from docutils.parsers.rst import Directive

from lstm_from_scratch import errors, shapes

FOLDER = Path(__file__).parent.parent / "calculator"
SCRIPTS = ("compute.js", "show.js", "page.js")
MARK = 'class="calc-form"'

# The form: name, what it means, the value that it starts with.
SIZES = (
    ("input_size", "H_in, features of a step", "10"),
    ("hidden_size", "H_cell, units", "20"),
    ("num_layers", "layers", "1"),
    ("proj_size", "0: no projection", "0"),
    ("dropout", "between layers", "0.0"),
)
SWITCHES = (
    ("bias", "two bias vectors", True),
    ("batch_first", "(N, L, H) instead of (L, N, H)", False),
    ("bidirectional", "two directions", False),
)
CALL = (
    ("L", "sequence length", "5"),
    ("N", "batch size; empty: one sequence, no batch axis", "3"),
)
DTYPES = ("float32", "float64", "float16", "bfloat16")

# Every other word of the page, here, so that another language needs this file only.
WORDS = {
    "without": "The choice needs JavaScript. This is one:",
    "error": "PyTorch says",
    "warning": "PyTorch warns",
    "code": "In Python, with what it gives:",
    "count": "{count} parameters",
    "tensors": "What goes in and comes out",
    "tensor": "tensor",
    "shape": "shape",
    "letters": "in letters",
    "weights": "Parameters, in PyTorch's order",
    "name": "name",
    "numbers": "numbers",
    "between": "the same in each layer between",
    "parameters": "Parameters",
    "multiply_adds": "Multiply-adds per step, one sequence",
    "multiply_adds_call": "Multiply-adds of the whole call",
    "memory": "Memory of the parameters, {dtype}",
    "memory_call": "Memory of input, output, h_n and c_n",
    "drawing": "Layers: {layers}, directions: {directions}. Features in: {in}, out: {out}. "
    "Rows of h_n: {rows}, each from one layer and direction.",
    "bad_L": "L must be a whole number, the sequence length.",
    "bad_N": "N must be a whole number, the batch size, or empty.",
}


def rules():
    """The rules of shapes.py, the errors and the page's words as JSON, where keys are strings."""
    names = ("ARGUMENTS", "LETTERS", "DIRECTIONS", "TENSORS", "PARAMETERS", "SUFFIXES")
    texts = {"REFUSALS": errors.REFUSALS, "ONE_LAYER": errors.ONE_LAYER, "WORDS": WORDS}
    return json.dumps({name: getattr(shapes, name) for name in names} | texts)


@cache
def engine():
    """A function (rules, fields) -> answer, all as JSON, without the page's events."""
    context = quickjs.Context()
    for name in SCRIPTS[:2]:
        context.eval((FOLDER / name).read_text(encoding="utf-8"))
    return context.eval(
        "(rules, fields) => JSON.stringify("
        "calculator.answer(JSON.parse(rules), JSON.parse(fields)))"
    )


def answer(fields):
    """What the page shows for these fields, by its own script."""
    return json.loads(engine()(rules(), json.dumps(fields)))


def first():
    """The fields as the form starts with them."""
    return {name: value for name, _, value in (*SIZES, *SWITCHES, *CALL)} | {"dtype": DTYPES[0]}


def number(name, words, value):
    step = "any" if name == "dropout" else "1"
    required = " required" if name in ("input_size", "hidden_size", "L") else ""
    low = {"L": 1, "input_size": 1, "hidden_size": 1, "num_layers": 1}.get(name, 0)
    return (
        f'<p><label for="calc-{name}"><code>{name}</code> <span>{words}</span></label>'
        f'<input id="calc-{name}" name="{name}" type="number" min="{low}" step="{step}"'
        f' inputmode="decimal" value="{value}"{required} autocomplete="off"></p>'
    )


def switch(name, words, on):
    checked = " checked" if on else ""
    return (
        f'<p class="calc-switch"><input id="calc-{name}" name="{name}" type="checkbox"{checked}>'
        f'<label for="calc-{name}"><code>{name}</code> <span>{words}</span></label></p>'
    )


def form():
    options = "".join(f"<option>{name}</option>" for name in DTYPES)
    return (
        '<form class="calc-form" hidden autocomplete="off">'
        '<fieldset><legend>nn.LSTM(...)</legend><div class="calc-fields">'
        + "".join(number(*field) for field in SIZES)
        + '<p><label for="calc-dtype"><code>dtype</code> <span>for the memory</span></label>'
        f'<select id="calc-dtype" name="dtype">{options}</select></p>'
        + '</div><div class="calc-fields">'
        + "".join(switch(*field) for field in SWITCHES)
        + '</div></fieldset><fieldset><legend>input</legend><div class="calc-fields">'
        + "".join(number(*field) for field in CALL)
        + "</div></fieldset></form>"
        # Here and now, so that nothing moves later.
        "<script>document.querySelector('.calc-form').hidden = false</script>"
    )


def message(name):
    return (
        f'<p class="calc-{name}" hidden><span>{WORDS[name]} </span>'
        f'<code data-result="{name}"></code></p>'
    )


def page():
    """The whole of it as HTML."""
    found, data = answer(first()), rules().replace("<", "\\u003c")
    code = escape(found["code"], quote=False)
    return f"""<div class="calculator">{form()}
<noscript><p>{WORDS["without"]}</p></noscript>
<p class="calc-says" aria-live="polite">{found["says"]}</p>
<div aria-live="assertive">
{message("error")}
{message("warning")}
</div>
<div class="calc-results">{found["results"]}</div>
<div class="calc-code"><p>{WORDS["code"]}</p>
<div class="highlight"><pre data-result="code">{code}</pre></div></div>
<div class="calc-weights">{found["weights"]}</div>
<script type="application/json" id="calculator-rules">{data}</script>
</div>"""


class Calculator(Directive):
    """`{calculator}`: the form and its first results."""

    def run(self):
        return [nodes.raw("", page(), format="html")]


def copy_files(app):
    if app.builder.format == "html":
        folder = Path(app.outdir) / "_static" / "calculator"
        folder.mkdir(parents=True, exist_ok=True)
        for path in FOLDER.iterdir():
            shutil.copy(path, folder)


def link_files(app, pagename, templatename, context, doctree):
    if MARK in context.get("body", ""):
        app.add_css_file("calculator/calculator.css")
        for name in SCRIPTS:
            app.add_js_file(f"calculator/{name}", loading_method="defer")


def outdated(app, env, added, changed, removed):
    """Read the page again in every build: it depends on shapes.py and on the scripts."""
    return [name for name in ("shape_calculator",) if name in env.found_docs]


def setup(app):
    app.add_directive("calculator", Calculator)
    app.connect("builder-inited", copy_files)
    app.connect("env-get-outdated", outdated)
    app.connect("html-page-context", link_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
