"""What the tests ask of a page. Each function returns the problems, none when all is well."""

import json
from pathlib import Path

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"resultTypes": ["violations"], "preload": False}
WIDTHS = (1366, 390)
THEMES = ("light", "dark")
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
SETTLED = 400  # ms; 300 after a resize the theme gives wide code a tab stop


def new_context(browser, **options):
    return browser.new_context(
        viewport={"width": 1366, "height": 900}, reduced_motion="reduce", **options)


class Visit:
    """A page opened without stored data, and all that the browser noted meanwhile.

    It is a new tab of the browser's first context, whose process goes on from page to page: to
    start one takes as long as to load a page. With options it has a context of its own. What the
    cache holds is loaded again unless `cached`.
    """

    def __init__(self, browser, url, width=1366, cached=False, **options):
        self.url, self.console, self.requests, self.bytes = url, [], [], {}
        self.own = bool(options)
        self.context = new_context(browser, **options) if options else browser.contexts[0]
        self.page = self.context.new_page()
        self.page.set_viewport_size({"width": width, "height": 900})
        session = self.context.new_cdp_session(self.page)
        place = "file://" if url.startswith("file:") else "/".join(url.split("/")[:3])
        session.send("Storage.clearDataForOrigin", {"origin": place, "storageTypes": "all"})
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": not cached})
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
        # As the server says: to ask for the body takes a fifth of the time of a visit.
        size = response.headers.get("content-length")
        if size is None:
            size = len(response.body()) if response.status == 200 else 0
        self.bytes[response.url] = int(size)

    def close(self):
        (self.context if self.own else self.page).close()


def strangers(visit):
    """Requests to anything but the place that the page came from."""
    home = "file://" if visit.url.startswith("file:") else "/".join(visit.url.split("/")[:3])
    return [url for url in visit.requests if not url.startswith((home, "data:", "blob:"))]


# Nine tenths of axe's time go to the contrast of thousands of words that look the same: the tokens
# of code, the letters of formulas, the links of a list. One of each kind is asked, once for all
# widths and themes. A kind is the look of the letters, what is painted or cut by each element that
# they stand in, and what axe treats apart: large letters, a single letter, signs alone, what its
# box cuts off.
# What something else may cover is always asked; so are controls that axe's rule matches: fields,
# and what holds text. A link that is underlined in a text that is not is distinct for axe.
KINDS = """() => {
  const LETTERS = ['color', 'webkitTextFillColor', 'webkitTextStrokeWidth', 'textShadow',
    'textIndent', 'visibility', 'display'];
  const large = s => parseFloat(s.fontSize) >= (s.fontWeight < 700 ? 24 : 18.66);
  const PAINT = {backgroundColor: 'rgba(0, 0, 0, 0)', backgroundImage: 'none',
    backgroundClip: 'border-box', opacity: '1', position: 'static', overflow: 'visible',
    filter: 'none', clip: 'auto', clipPath: 'none', mixBlendMode: 'normal', float: 'none',
    zIndex: 'auto'};
  const chains = new Map(), looks = new Map(), clips = new Map(), lined = new Map(), covers = [];
  const {names, kinds} = window.asked ??= {names: new Map(), kinds: new Set()};
  const name = text => names.get(text) ?? names.set(text, names.size).get(text);
  const FREE = 'button, label, form, select, textarea, input, [aria-disabled]';
  const FIELD = 'select, textarea, input';
  // Tokens of a class, in blocks of code of a look, are told apart by colour and size alone.
  const TOKEN = ['color', 'webkitTextFillColor', 'backgroundColor', 'opacity', 'fontSize',
    'fontWeight'];
  const texts = [], tokens = new Map();
  const all = 'body, body *:not(path, use, rect, line, polyline, polygon, circle, ellipse)';
  for (const e of document.querySelectorAll(all)) {
    const s = getComputedStyle(e), up = e.parentElement;
    const token = e.nodeName === 'SPAN' && up.nodeName === 'PRE' && !e.firstElementChild &&
      [chains.get(up), e.className, e.style.length, ...TOKEN.map(key => s[key])].join('|');
    if (token && tokens.has(token)) {
      chains.set(e, chains.get(tokens.get(token))), looks.set(e, looks.get(tokens.get(token)));
      clips.set(e, clips.get(up) ?? document.body);
      if (e.textContent.trim()) texts.push(e);
      continue;
    }
    const pseudo = ['::before', '::after'].map(p => { const s = getComputedStyle(e, p);
      return s.content === 'none' ? '' : [s.content, s.backgroundColor, s.backgroundImage,
        s.position, s.width, s.height].join() });
    const paint = Object.keys(PAINT).map(key => s[key] === PAINT[key] ? '' : s[key]);
    const seen = [...paint, ...pseudo].join('');
    chains.set(e, seen ? name([chains.get(up), ...paint, ...pseudo].join('|')) : chains.get(up));
    looks.set(e, [large(s), ...LETTERS.map(key => s[key])].join('|'));
    clips.set(e, s.overflow === 'visible' ? clips.get(up) ?? document.body : e);
    if (/absolute|fixed|sticky/.test(s.position) && e.checkVisibility({opacityProperty: true}))
      covers.push([e, e.getBoundingClientRect()]);
    const line = s.textDecorationLine !== 'none';
    if (e.matches('a[href], [role=link]') && (lined.get(up) || !line))
      e.setAttribute('data-asked-link', '');
    lined.set(e, lined.get(up) || line);
    if (e.matches(FIELD)) e.setAttribute('data-asked', '');
    else if (e.nodeName !== 'title' &&
        [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) {
      if (e.closest(FREE)) e.setAttribute('data-asked', '');
      else texts.push(e), token && tokens.set(token, e);
    }
  }
  for (const e of texts) {
    const at = e.getBoundingClientRect(), box = clips.get(e).getBoundingClientRect();
    if (covers.some(([c, r]) => !c.contains(e) && r.left < at.right && r.right > at.left &&
        r.top < at.bottom && r.bottom > at.top)) { e.setAttribute('data-asked', ''); continue; }
    const text = e.textContent.trim();
    const kind = [chains.get(e), looks.get(e), text.length > 1 && /[a-z0-9]/i.test(text),
      at.height > 0, at.left >= box.left && at.right <= box.right && at.top >= box.top,
      at.left >= 0 && at.top + scrollY >= 0].join('|');
    if (!kinds.has(kind)) e.setAttribute('data-asked', '');
    kinds.add(kind);
  }
}"""
ONE_OF_EACH = """delete window.asked; axe.configure({noHtml: true, rules: [
  {id: 'color-contrast', selector: '[data-asked]'},
  {id: 'link-in-text-block', selector: '[data-asked-link]'}]})"""

# Runs axe on the page without the tokens of code and the strokes of drawings, two thirds of all
# elements. A span in a block of code that has nothing but a class, and a shape in a drawing that
# has no words, name or role, have nothing that a rule could find wrong but the colours of words:
# a token that is not asked for them leaves its text alone. Afterwards the page is as it was.
RUN = """async options => {
  const WORDS = 'title, desc, text, a, image, foreignObject, [role], [tabindex], [data-asked]';
  const bare = e => e.nodeType === 3 || e.nodeName === 'SPAN' && !e.firstElementChild &&
    e.getAttributeNames().join() === 'class';
  const whole = [...document.querySelectorAll('pre, svg')].map(e => [e, [...e.childNodes]]);
  for (const [e, nodes] of whole) {
    if (e.nodeName === 'svg') {
      e.replaceChildren(...nodes.filter(n => n.matches?.(WORDS) || n.querySelector?.(WORDS)));
      continue;
    }
    const kept = [''];
    for (const node of nodes) {
      if (bare(node)) kept.push(kept.pop() + node.textContent); else kept.push(node, '');
    }
    e.replaceChildren(...kept.filter(one => one !== ''));
  }
  const {violations} = await axe.run(document, options);
  for (const {nodes} of violations)
    for (const one of nodes) one.html = document.querySelector(one.target[0])?.outerHTML ?? '';
  for (const [e, nodes] of whole) e.replaceChildren(...nodes);
  return violations;
}"""

# All that a rule of axe can see but colours: the document, and where and whether each of its
# elements is shown. True if it is what it was when this was last asked at this width.
UNMOVED = """() => {
  for (const name of ['data-asked', 'data-asked-link'])
    document.querySelectorAll(`[${name}]`).forEach(e => e.removeAttribute(name));
  const places = [...document.querySelectorAll('body *')].map(e => {
    const {x, y, width, height} = e.getBoundingClientRect(), s = getComputedStyle(e);
    return [x, y, width, height, s.display, s.visibility, s.opacity, s.position, s.overflow,
            s.clipPath, s.pointerEvents].join() });
  const now = [innerWidth, document.body.outerHTML, ...places].join('|');
  const same = window.lookedAt === now;
  window.lookedAt = now;
  return same;
}"""


# Sets the theme, and waits until no colour is on its way to another one.
DRESSED = """async theme => {
  document.documentElement.dataset.theme = theme;
  await new Promise(requestAnimationFrame);
  const moving = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.all(moving.map(one => one.finished.catch(() => null)));
}"""


def accessibility(page, themes=THEMES, widths=WIDTHS):
    """Axe's violations and sideways scrolling, at each width, light and dark.

    In a theme that changes nothing but colours, axe's rules on colours are asked, else all. The
    next width begins in the theme of the last one: a long page takes its time to change.
    """
    page.evaluate(AXE)
    page.evaluate(ONE_OF_EACH)
    faults = []
    for k, width in enumerate(widths):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("dispatchEvent(new Event('resize'))")  # where it was as wide before, too
        page.wait_for_timeout(SETTLED)
        faults += [f"{width}: {problem}" for problem in sideways(page)]
        for theme in themes[:: -1 if k % 2 else 1]:
            page.evaluate(DRESSED, theme)
            rules = COLOURS if page.evaluate(UNMOVED) else TAGS
            page.evaluate(KINDS)
            options = OPTIONS | {"runOnly": rules}
            faults += [
                f"{width} {theme}: {violation['id']} at {node['target']}: {node['html'][:200]}"
                for violation in page.evaluate(RUN, options)
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
