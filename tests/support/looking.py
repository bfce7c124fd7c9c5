"""What the tests ask of a page. Each function returns the problems, none when all is well."""

import json
from pathlib import Path

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": TAGS, "resultTypes": ["violations"], "preload": False}
WIDTHS = (1366, 390)
THEMES = ("light", "dark")
SETTLED = 400  # ms; 300 after a resize the theme gives wide code a tab stop


class Visit:
    """A page opened with an empty cache, and all that the browser noted meanwhile."""

    def __init__(self, browser, url, width=1366, **options):
        self.url, self.console, self.requests, self.bytes = url, [], [], {}
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        self.page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("response", self._weigh)
        self.page.goto(url, wait_until="load")
        self.page.wait_for_timeout(100)

    def _said(self, message):
        if message.type in ("error", "warning"):
            self.console.append(message.text)

    def _weigh(self, response):
        body = response.body() if response.status == 200 else b""
        self.bytes[response.url] = len(body)

    def close(self):
        self.context.close()


def strangers(visit):
    """Requests to anything but the place that the page came from."""
    home = "file://" if visit.url.startswith("file:") else "/".join(visit.url.split("/")[:3])
    return [url for url in visit.requests if not url.startswith((home, "data:", "blob:"))]


def accessibility(page, themes=THEMES, widths=WIDTHS):
    """Axe's violations and sideways scrolling, at each width, light and dark."""
    page.evaluate(AXE)
    faults = []
    for width in widths:
        if page.viewport_size["width"] != width:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(SETTLED)
        faults += [f"{width}: {problem}" for problem in sideways(page)]
        for theme in themes:
            page.evaluate("t => { document.documentElement.dataset.theme = t }", theme)
            result = page.evaluate("options => axe.run(document, options)", OPTIONS)
            faults += [
                f"{width} {theme}: {violation['id']} at {node['target']}: {node['html'][:200]}"
                for violation in result["violations"]
                for node in violation["nodes"]
            ]
    return faults


def sideways(page):
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"the page is {over} px too wide"] if over > 0 else []


def raw_math(page):
    """Formulas that were left as TeX, in text that is not code."""
    return page.evaluate(
        r"""() => {
          const errors = [...document.querySelectorAll('.katex-error')].map(e => e.textContent);
          const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (words.nextNode()) {
            const {data, parentElement} = words.currentNode;
            if (!parentElement.closest('script, style, code, pre, annotation') &&
                /\$[^$]+\$|\\\(|\\\[|\\(frac|tanh|odot|sigma|begin)\b/.test(data))
              errors.push(data.trim());
          }
          return errors;
        }"""
    )


def large_subscripts(page):
    """Sub- and superscripts as large as their base: KaTeX's styles of another version."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.katex .msupsub .mtight')].filter(e => {
          const size = element => parseFloat(getComputedStyle(element).fontSize);
          return size(e) > 0.8 * size(e.closest('.katex'));
        }).map(e => e.textContent)"""
    )


def missing_fonts(page):
    return page.evaluate(
        """async () => { await document.fonts.ready;
          return [...document.fonts].filter(f => f.status === 'error').map(f => f.family) }"""
    )


def blank_icons(page):
    """Elements of the theme's icon font for which `_static/icons.css` draws nothing."""
    return page.evaluate(
        """() => [...document.querySelectorAll('[class^="fa-"], [class*=" fa-"]')]
          .filter(e => getComputedStyle(e).maskImage === 'none').map(e => e.className)"""
    )


def broken_images(page):
    return page.evaluate(
        """() => [...document.images].filter(i => !i.naturalWidth).map(i => i.src)"""
    )


def mouse_only(page):
    """What can be clicked and not reached by keyboard."""
    return page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, summary, input, [onclick]')]
          .filter(e => e.tabIndex < 0 || (e.onclick && !e.matches('a, button, summary, input')))
          .map(e => e.outerHTML.slice(0, 120))"""
    )


TABBABLE = """() => [...document.querySelectorAll('a[href], button, summary, input, [tabindex]')]
  .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}))
  .map((e, n) => { e.dataset.stop = n; return e.outerHTML.slice(0, 120) })"""

FOCUSED = """() => { const e = document.activeElement, style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  return {stop: e.dataset.stop, html: e.outerHTML.slice(0, 120),
    ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0
          && box.left < innerWidth} }"""


def unreached(page):
    """Press Tab through the whole page: what is not reached, not seen, or has no focus ring."""
    stops = page.evaluate(TABBABLE)
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0) }")
    reached, faults = set(), []
    for _ in range(len(stops) + 5):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["stop"] is None:
            continue
        reached.add(int(at["stop"]))
        faults += [f"{what}: {at['html']}" for what in ("ring", "seen") if not at[what]]
    return faults + [stop for n, stop in enumerate(stops) if n not in reached]


PLANT = """async outside => {
  const ended = element => new Promise(done => { element.onload = element.onerror = done });
  const add = (name, attributes) => {
    const element = Object.assign(document.createElement(name), attributes);
    const end = ended(element);
    document.head.append(element);
    return end;
  };
  const note = name => `document.documentElement.dataset.ran += " ${name}"`;
  document.documentElement.dataset.ran = "";
  const inline = document.createElement("script");
  inline.textContent = note("script");
  document.head.append(inline);
  const button = document.createElement("button");
  button.setAttribute("onclick", note("handler"));
  button.click();
  await Promise.all([add("script", {src: outside + "script"}), add("img", {src: outside + "img"}),
    add("link", {rel: "stylesheet", href: outside + "style"}),
    fetch(outside + "fetch", {mode: "no-cors"}).catch(() => {})]);
  return document.documentElement.dataset.ran.split(" ").filter(Boolean);
}"""


def let_through(page, outside="https://outside.invalid/"):
    """Plant scripts and requests in a page: those that its policy lets run, or leave."""
    asked = []

    def answer(route):
        asked.append(route.request.url.removeprefix(outside))
        route.abort()

    page.route(f"{outside}**", answer)  # which a blocked request does not reach
    return sorted(page.evaluate(PLANT, outside) + asked)


def first_of(problems, count=8):
    """For the message of an assertion."""
    return json.dumps(problems[:count], indent=1, ensure_ascii=False) + f"\n{len(problems)} in all"
