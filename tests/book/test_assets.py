"""What the build makes of formulas and assets, without a browser."""

import re

import assets
import finish
import katex
import pytest
import quickjs
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript
from sphinx.errors import ExtensionError


def test_katex_script_and_styles_are_of_one_version():
    script = (katex.VENDOR / "katex.min.js").read_text(encoding="utf-8")
    styles = (katex.VENDOR / "katex.min.css").read_text(encoding="utf-8")
    (version,) = re.findall(r'katex-version:+after\{content:"([\d.]+)"', styles)
    assert f'version:"{version}"' in script
    assert "MIT" in (katex.VENDOR / "LICENSE").read_text(encoding="utf-8")


def test_formula_becomes_html_and_mathml():
    html = katex.render(r"c_t = f_t \odot c_{t-1} + i_t \odot g_t", True)
    assert "katex-display" in html and "<math" in html and "msupsub" in html
    assert "katex-display" not in katex.render("x", False)


@pytest.mark.parametrize("tex", [r"\nosuchcommand", "x_", r"\frac{1}", "x_{t}_{s}"])
def test_wrong_formula_is_an_error(tex):
    with pytest.raises(quickjs.JSException, match="KaTeX parse error"):
        katex.render(tex, False)


def test_styles_name_only_fonts_that_are_there():
    text = katex.styles()
    named = set(re.findall(r"url\((fonts/[^)]+)\)", text))
    assert named and all((katex.VENDOR / name).exists() for name in named)
    assert text.count("data:font/woff2") == len(katex.EMBEDDED)
    assert not any(name in " ".join(named) for name in katex.EMBEDDED)


def test_assets_go_where_they_are_used():
    style, inline = _CascadingStyleSheet("_static/copybutton.css"), _JavaScript(None, body="1")
    assert assets.wanted(style, '<div class="highlight">')
    assert not assets.wanted(style, "<p>")
    assert assets.wanted(inline, "<p>")
    assert assets.wanted(_JavaScript("_static/doctools.js"), "<p>")


def test_styles_lose_only_what_no_page_has():
    css = """@charset "UTF-8";/* words */.a{x:1}.b .a,.a .c{x:2}.a:not(.b){x:3}
@media (min-width:9px){.b{x:4}.a{x:5}}@media print{.b{x:6}}@font-face{y:7}p{x:8}
.a:is(.b,.a){x:9}"""
    kept = finish.pruned(css, {"a", "c"}).replace("\n", "")
    assert kept == ('@charset "UTF-8";.a{x:1}.a .c{x:2}.a:not(.b){x:3}'
                    "@media (min-width:9px){.a{x:5}}@font-face{y:7}p{x:8}.a:is(.b,.a){x:9}")


PAGE = """<!doctype html><html><head>
<meta charset="utf-8" /><script src="a.js"></script><script type="application/json">{}</script>
<script data-x="1">run()</script></head>"""


def test_no_script_of_the_site_stops_the_reading_of_a_page():
    needless = "\n<script>DOCUMENTATION_OPTIONS.pagename = 'a';</script>"
    page = finish.mended(PAGE.replace("</head>", needless + "</head>"))
    assert page == PAGE.replace('<script src="a.js">', '<script defer src="a.js">')
    assert finish.mended(page) == page


def test_inline_code_has_no_element_for_each_word():
    code = '<code class="literal">{}</code>'
    words = '<span class="pre">got</span> <span class="pre">[3,</span> <span class="pre">2]</span>'
    assert finish.mended(code.format(words)) == code.format("got [3, 2]")


def test_the_policy_allows_the_inline_scripts_of_the_page_and_no_other():
    page = finish.protected(PAGE)
    allowed = "'sha256-AvyuiL0SD1mVY3NNxR+V2uo+lhk6RMFrytWmRt6CrJQ='"  # openssl: of run()
    assert finish.hashes(page) == [allowed]
    assert f"script-src 'self' {allowed};" in page
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert finish.protected(page) == page  # an incremental build reads it again
    changed = finish.protected(page.replace("run()", "run(2)"))
    assert allowed not in changed and changed.count("sha256-") == 1
    with pytest.raises(ExtensionError, match="0 times"):
        finish.protected("<head></head>")


@pytest.mark.parametrize("wrong", ['<a class="x" onclick="f()">', "<a href='javascript:f()'>"])
def test_a_handler_in_html_is_seen(wrong):
    assert finish.REFUSED.search(wrong)
    assert not finish.REFUSED.search('<a href="x.html" title="based on = this">on="x"</a>')
