"""Formulas, rendered while the site is built: KaTeX runs in a small JavaScript engine (QuickJS).

A page with formulas loads styles and fonts, any other page nothing, and no page a renderer. KaTeX
is in `site/vendor/katex/`, as npm has it: script, styles and fonts of one version, because with
another's styles every subscript is as large as its base.
"""

import base64
import json
import re
import shutil
from functools import cache
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.util import logging

VENDOR = Path(__file__).parent.parent / "vendor" / "katex"

# Within the styles, so that they load from a plain folder too, where browsers may refuse a font
# file of another folder. The rest stay files, and load where a formula uses them.
EMBEDDED = ("Main-Regular", "Math-Italic", "Size1-Regular", "Size2-Regular")

logger = logging.getLogger(__name__)


@cache
def engine():
    """A function (formula, display) -> HTML as JSON: the binding returns no rope of strings."""
    context = quickjs.Context()
    context.eval((VENDOR / "katex.min.js").read_text(encoding="utf-8"))
    return context.eval(
        "(tex, display) => JSON.stringify(katex.renderToString("
        "tex, {displayMode: display, throwOnError: true, strict: 'error'}))"
    )


@cache
def render(tex, display):
    """HTML for eyes and MathML for screen readers. KaTeX's errors are quickjs.JSException."""
    return json.loads(engine()(tex, display))


def rendered(node, display):
    try:
        return render(node.astext(), display)
    except quickjs.JSException as error:
        logger.warning("KaTeX: %s", error, location=node)
        return ""


def visit_math(self, node):
    self.body.append(f'<span class="math">{rendered(node, display=False)}</span>')
    raise nodes.SkipNode


def visit_math_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(rendered(node, display=True) + "</div>\n")
    raise nodes.SkipNode


def styles():
    """KaTeX's styles with the first choice of each font only, and EMBEDDED ones inside."""
    text = (VENDOR / "katex.min.css").read_text(encoding="utf-8")
    text = re.sub(r',url\([^)]*\.(woff|ttf)\) format\("\w+"\)', "", text)
    for name in EMBEDDED:
        font = (VENDOR / f"fonts/KaTeX_{name}.woff2").read_bytes()
        data = "data:font/woff2;base64," + base64.b64encode(font).decode()
        text = text.replace(f"fonts/KaTeX_{name}.woff2", data)
    return text


def write_styles(app):
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "katex"
    shutil.copytree(VENDOR / "fonts", folder / "fonts", dirs_exist_ok=True)
    (folder / "katex.css").write_text(styles(), encoding="utf-8")
    shutil.copy(VENDOR / "LICENSE", folder)


def setup(app):
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.connect("builder-inited", write_styles)
    app.add_css_file("katex/katex.css")  # assets.py drops it where no formula is
    return {"parallel_read_safe": True, "parallel_write_safe": True}
