"""Each question that the tests ask of a page, asked of one that is wrong."""

import pytest

from tests.support import looking
from tests.support.serving import serve

HEAD = '<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>'


@pytest.fixture
def wrong(tmp_path, opened):
    """A function: this body as a page, visited."""
    servers = []

    def visit(body, **files):
        (tmp_path / "index.html").write_text(HEAD + body, encoding="utf-8")
        (tmp_path / "favicon.ico").write_bytes(b"")
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        servers.append(serve(tmp_path))
        return opened(f"http://127.0.0.1:{servers[-1].server_port}/index.html")

    yield visit
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_plain_page_has_no_problem(wrong):
    visit = wrong('<p>Words, and <a href="#x">a link</a>.</p>')
    page = visit.page
    assert not visit.console + looking.strangers(visit) + looking.accessibility(page)
    assert not looking.raw_math(page) + looking.blank_icons(page) + looking.unreached(page)


def test_console_and_strangers(wrong):
    visit = wrong(
        '<script>console.error("heard")</script><img alt="" src="http://elsewhere.invalid/a.png">'
    )
    assert any("heard" in line for line in visit.console)
    assert looking.strangers(visit) == ["http://elsewhere.invalid/a.png"]
    assert looking.broken_images(visit.page)


@pytest.mark.parametrize("from_folder", [False, True])
def test_planted(wrong, opened, tmp_path, from_folder):
    visit = wrong("<p>Words.</p>")
    page = opened((tmp_path / "index.html").as_uri()).page if from_folder else visit.page
    assert looking.let_through(page) == ["fetch", "handler", "img", "script", "script", "style"]


def test_weight_counts_what_the_page_loads(wrong):
    light = sum(wrong("<p>Words.</p>").bytes.values())
    heavy = wrong('<script src="heavy"></script>', heavy=b" " * 5000).bytes
    assert sum(heavy.values()) > light + 4900


@pytest.mark.parametrize(
    "body, rule",
    [
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ('<p style="color:#aaa;background:#fff">Pale words.</p>', "color-contrast"),
        ("<h4>Far below the title</h4>", "heading-order"),
        ('<button style="width:9px;padding:0" aria-label="a"></button>' * 2, "target-size"),
        ('<div style="width:2000px">Wide.</div>', "too wide"),
    ],
)
def test_accessibility(wrong, body, rule):
    assert any(rule in problem
               for problem in looking.accessibility(wrong(body).page, widths=(390,)))


def test_dark_is_looked_at_apart(wrong):
    style = '<style>[data-theme="dark"] p { color: #222; background: #000 }</style><p>Words.</p>'
    problems = looking.accessibility(wrong(style).page)
    assert problems and all(" dark: color-contrast" in problem for problem in problems)


def test_a_theme_that_moves_something_is_asked_everything(wrong):
    style = "<style>html:not([data-theme='dark']) p { display: none }</style>"
    problems = looking.accessibility(wrong(style + '<p><a href="#x"></a></p>').page)
    assert problems and all(" dark: " in problem for problem in problems)


GREY, DARK = "color:#999;background:#fff", "background:#333;position:absolute;z-index:-1"
HIDDEN = '<div style="width:9em;overflow:hidden;white-space:nowrap">'


@pytest.mark.parametrize(
    "body",
    [
        '<pre><span>def</span> <span style="color:#bbb">f</span></pre>'
        '<pre><span>def</span> <span style="color:#bbb">pale</span></pre>',  # not only one letter
        f'<p style="{GREY}">é</p><p style="{GREY}">Pale</p>',
        '<p><b>Words</b></p><p style="background:#444"><b>words</b></p>',
        f'<p>Words</p><div style="{DARK};height:4em;width:9em"></div><p>Words</p>',
        f'{HIDDEN}A very long line of words, <b style="{GREY}">cut off</b></div>'
        f'{HIDDEN}Words, <b style="{GREY}">pale</b></div>',
        f'<p style="{GREY};text-indent:-999em">Away</p><p style="{GREY}">Pale</p>',
    ],
)
def test_one_of_each_kind_is_enough(wrong, body):
    problems = looking.accessibility(wrong(body).page, widths=(1366,))
    assert any("light: color-contrast" in problem for problem in problems)


@pytest.mark.parametrize(
    "body, unit, other, rule",
    [
        ("<section>*</section>", '<p>Words, <a href="#x">a link</a></p>',
         '<p>Words, <a href="#x"></a></p>', "link-name"),
        ("<table><tbody>*</tbody></table>", '<tr><td><img alt="" src="data:,"></td></tr>',
         '<tr><td><img src="data:,"></td></tr>', "image-alt"),
        ("<ul>*</ul>", '<li><i role="img" aria-label="A"></i></li>',
         '<li><i role="img"></i></li>', "role-img-alt"),
        ("*", "<div class=cell><pre>Word <i></i></pre></div>",
         '<div class=cell><pre>Word <i role="img"></i></pre></div>', "role-img-alt"),
        ("<ul>*</ul>", *['<li style="font: 8px/1 serif"><a href="#x">near</a></li>'] * 2,
         "target-size"),
        ("<style>pre { overflow: auto; width: 9em }</style>*",
         "<div class=cell><pre>Word</pre></div>", f"<div class=cell><pre>{'Word' * 9}</pre></div>",
         "scrollable-region-focusable"),
        ("<style>p:last-child { color: #bbb }</style><section>*</section>",
         *["<p>Words</p>"] * 2, "color-contrast"),
    ],
)
def test_one_that_is_built_otherwise_is_found(wrong, body, unit, other, rule):
    """Or that stands, or is painted, in another way: after many that have no problem."""
    page = wrong(body.replace("*", 5 * unit + other)).page
    assert any(rule in problem for problem in looking.accessibility(page, widths=(390,)))


@pytest.mark.parametrize("colours_only", ["false", "true"])
def test_what_is_built_alike_goes_and_comes_back(opened, address, colours_only):
    page = opened(address + "chapters/notation.html").page
    before, left, after = page.evaluate(f"""() => {{
      const look = () => [...document.querySelectorAll('*')]
        .map(e => e.outerHTML + JSON.stringify(e.getBoundingClientRect()));
      const before = look(), back = ({looking.THIN})({colours_only}), left = look();
      back();
      return [before, left, look()] }}""")
    assert len(left) < len(before) * 2 / 3 and after == before


CONTRASTS = """async options => (await axe.run(document, options)).violations
  .flatMap(one => one.nodes)
  .map(({any: [{data: d}]}) => [d.fgColor, d.bgColor, d.expectedContrastRatio].join())"""


@pytest.mark.parametrize("path", ["chapters/notation.html", "reference/references.html"])
def test_one_of_each_kind_finds_what_all_find(opened, address, path):
    """Spoil colours in a page of the book: both ways find the same pairs of colours, and the
    contrast that each needs."""
    page = opened(address + path).page
    page.add_style_tag(content=".n, .o, article a, td code { color: #aac !important }"
                               ".k, .mord, h2, li p { color: #bbb !important }")
    page.evaluate(looking.AXE)
    options = looking.OPTIONS | {"runOnly": looking.COLOURS}
    everything = page.evaluate(CONTRASTS, options)
    page.evaluate(looking.ONE_OF_EACH)
    page.evaluate(looking.LIGHTEN)
    page.evaluate(looking.KINDS)
    some = page.evaluate(CONTRASTS, options)
    assert set(some) == set(everything) and len(some) < len(everything) / 2


def test_math(wrong):
    page = wrong("<p>Let $x_t$ be \\(h\\).</p><p><code>$HOME/$USER</code></p>").page
    assert looking.raw_math(page) == ["Let $x_t$ be \\(h\\)."]
    large = '<span class="katex"><span class="msupsub"><span class="mtight">t</span></span></span>'
    assert looking.large_subscripts(wrong(large).page) == ["t"]
    font = "@font-face { font-family: gone; src: url(gone.woff2) } p { font: 1em gone }"
    page = wrong(f"<style>{font}</style><p>Words.</p>").page
    assert looking.missing_fonts(page) == ["gone"]


def test_icons_and_keyboard(wrong):
    assert looking.blank_icons(wrong('<i class="fa-solid fa-rocket"></i>').page)
    assert looking.mouse_only(wrong('<a href="#x" tabindex="-1">no</a>').page)
    assert looking.mouse_only(wrong('<div onclick="1">no</div>').page)
    assert looking.unreached(wrong('<a href="#x" style="outline:none">no ring</a>').page)
    away = '<a href="#x" style="position:fixed;left:-999px">out of sight</a>'
    assert looking.unreached(wrong(away).page)
    trap = "<a href='#a' onkeydown='event.preventDefault()'>trap</a><a href='#b'>never</a>"
    assert any("never" in stop for stop in looking.unreached(wrong(trap).page))
