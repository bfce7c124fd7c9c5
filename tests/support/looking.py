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

    It is a tab of the browser's first context, which goes on from visit to visit: to open one, and
    a process for it, takes as long as to load a page. With options it has a context of its own.
    What the cache holds is loaded again unless `cached`.
    """

    idle = []  # tabs, each with its session of the browser's protocol

    def __init__(self, browser, url, width=1366, cached=False, **options):
        self.url, self.console, self.requests, self.bytes = url, [], [], {}
        self.context = new_context(browser, **options) if options else browser.contexts[0]
        self.own = bool(options)
        self.page, self.session = self.idle.pop() if self.idle and not self.own else self._tab()
        self.page.set_viewport_size({"width": width, "height": 900})
        place = "file://" if url.startswith("file:") else "/".join(url.split("/")[:3])
        self.session.send("Storage.clearDataForOrigin", {"origin": place, "storageTypes": "all"})
        self.session.send("Network.setCacheDisabled", {"cacheDisabled": not cached})
        self.heard = {
            "console": self._said,
            "pageerror": lambda error: self.console.append(str(error)),
            "request": lambda request: self.requests.append(request.url),
            "response": self._weigh,
        }
        for what, hear in self.heard.items():
            self.page.on(what, hear)
        self.page.goto(url, wait_until="load")
        self.page.wait_for_timeout(100)

    def _tab(self):
        page = self.context.new_page()
        session = self.context.new_cdp_session(page)
        session.send("Network.enable")
        return page, session

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
        if self.own:
            return self.context.close()
        for what, hear in self.heard.items():
            self.page.remove_listener(what, hear)
        self.page.unroute_all()
        self.page.goto("about:blank")  # what still runs there ends, and has no colours to change
        self.page.emulate_media(media="null", color_scheme="null", reduced_motion="reduce")
        self.idle.append((self.page, self.session))


def strangers(visit):
    """Requests to anything but the place that the page came from."""
    home = "file://" if visit.url.startswith("file:") else "/".join(visit.url.split("/")[:3])
    return [url for url in visit.requests if not url.startswith((home, "data:", "blob:"))]


# Nine tenths of axe's time go to the contrast of thousands of words that look the same: the tokens
# of code, the letters of formulas, the links of a list. One of each kind is asked, once for all
# pages, widths and themes. A kind is the look of the letters and what is painted or cut by each
# element that they stand in. Words about which axe may be silent stand for themselves only: a
# single letter, signs alone, what its box cuts off, the words of a control, and what something
# else may cover. A link that is underlined in a text that is not is distinct for axe.
KINDS = """known => {
  const LETTERS = ['color', 'webkitTextFillColor', 'webkitTextStrokeWidth', 'textShadow',
    'textIndent', 'visibility', 'display'];
  const large = s => parseFloat(s.fontSize) >= (s.fontWeight < 700 ? 24 : 18.66);
  const CLEAR = 'rgba(0, 0, 0, 0)';
  const PAINT = Object.entries({backgroundColor: CLEAR, backgroundImage: 'none',
    backgroundClip: 'border-box', opacity: '1', position: 'static', overflow: 'visible',
    filter: 'none', clip: 'auto', clipPath: 'none', mixBlendMode: 'normal', float: 'none',
    zIndex: 'auto'});
  const FREE = 'button, label, form, select, textarea, input, [aria-disabled]';
  const FIELD = 'select, textarea, input';
  // The same text has the same number on every page: 53 bits of two hashes.
  const names = new Map();
  const name = text => {
    if (names.has(text)) return names.get(text);
    let a = 0x811c9dc5, b = 0x1b873593;
    for (let k = 0; k < text.length; k++) {
      const code = text.charCodeAt(k);
      a = Math.imul(a ^ code, 0x01000193), b = Math.imul(b ^ code, 0x85ebca6b);
    }
    const number = (a >>> 0) * 2 ** 21 + (b >>> 11);
    names.set(text, number);
    return number;
  };
  const asked = new Set(known), fresh = [];
  const ask = (e, mark, ...kind) => {
    const number = name(kind.join('|'));
    if (asked.has(number)) return;
    asked.add(number), fresh.push(number);
    e.setAttribute(mark, '');
  };
  // What has words or paint before or after it: few elements, by rules that can be read.
  const rules = list => [...list].flatMap(one => [one, ...rules(one.cssRules ?? [])]);
  let selectors;
  try {
    selectors = rules([...document.styleSheets].flatMap(one => [...one.cssRules]))
      .filter(one => one.style?.content && /:(before|after)/.test(one.selectorText))
      .map(one => one.selectorText.replace(/::?(before|after)/g, '') || '*');
  } catch { selectors = ['*'] }  // from a folder no script reads a style sheet
  const adorned = new Set(selectors.flatMap(one => [...document.querySelectorAll(one)]));
  const chains = new Map(), looks = new Map(), clips = new Map(), lined = new Map();
  const look = (e, s = getComputedStyle(e)) => {
    if (!looks.has(e)) looks.set(e, [large(s), ...LETTERS.map(key => s[key])].join('|'));
    return looks.get(e);
  };
  const covers = [], texts = [];
  const all = 'body, body *:not(path, use, rect, line, polyline, polygon, circle, ellipse)';
  for (const e of document.querySelectorAll(all)) {
    const up = e.parentElement, s = getComputedStyle(e);
    const paint = PAINT.map(([key, usual]) => s[key] === usual ? '' : s[key]);
    for (const one of adorned.has(e) ? ['::before', '::after'] : []) {
      const s = getComputedStyle(e, one);
      if (s.content !== 'none' && (s.backgroundColor !== CLEAR || s.backgroundImage !== 'none'))
        paint.push(s.backgroundColor, s.backgroundImage, s.position, s.width, s.height);
    }
    chains.set(e, paint.some(Boolean) ? name([chains.get(up), ...paint].join('|'))
                                      : chains.get(up));
    clips.set(e, s.overflow === 'visible' ? clips.get(up) ?? document.body : e);
    if (/absolute|fixed|sticky/.test(s.position) && e.checkVisibility({opacityProperty: true})) {
      const box = e.getBoundingClientRect();
      if (box.width > 1 && box.height > 1) covers.push([e, box]);
    }
    const line = s.textDecorationLine !== 'none';
    if (e.matches('a[href], [role=link]') && (lined.get(up) || !line)) {
      const block = e.parentElement.closest(':not(a, abbr, b, code, em, i, span, strong)');
      ask(e, 'data-asked-link', 'link', chains.get(e), look(e, s), chains.get(up), look(up), line,
          s.fontWeight, block.textContent.trim() !== e.textContent.trim());
    }
    lined.set(e, lined.get(up) || line);
    if (e.matches(FIELD) || e.nodeName !== 'title' &&
        [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) texts.push(e), look(e, s);
  }
  const unsure = [];
  for (const e of texts) {
    const at = e.getBoundingClientRect(), kind = [chains.get(e), looks.get(e)];
    const over = covers.filter(([c, r]) => r.left < at.right && r.right > at.left &&
      r.top < at.bottom && r.bottom > at.top && !c.contains(e))
      .map(([c, r]) => [chains.get(c), r.left <= at.left && r.right >= at.right]);
    if (!over.length && asked.has(name(kind.join('|')))) continue;
    const box = clips.get(e).getBoundingClientRect(), free = e.closest(FREE);
    const text = e.textContent.trim();
    const doubts = [free && e.outerHTML, free && free.cloneNode().outerHTML, over.join(),
      text.length < 2 || !/[a-z0-9]/i.test(text), !at.height,
      at.left < box.left || at.right > box.right || at.top < box.top,
      at.left < 0 || at.top + scrollY < 0];
    if (doubts.some(Boolean)) unsure.push([e, over.length, kind, doubts]);
    else ask(e, 'data-asked', ...kind);
  }
  for (const [e, covered, kind, doubts] of unsure)
    if (covered || !asked.has(name(kind.join('|')))) ask(e, 'data-asked', ...kind, ...doubts);
  return fresh;
}"""
ONE_OF_EACH = """axe.configure({noHtml: true, rules: [
  {id: 'color-contrast', selector: '[data-asked]'},
  {id: 'link-in-text-block', selector: '[data-asked-link]'}]})"""

# Takes out of the page the tokens of code and the strokes of drawings, two thirds of all
# elements: a span in a block of code that has nothing but a class, and a shape in a drawing that
# has no words, name or role, have nothing that a rule could find wrong but the colours of words.
# One token of each class stays in each kind of block, if there is one, one that axe can read. A
# token that goes leaves its text.
LIGHTEN = """() => {
  const WORDS = 'title, desc, text, a, image, foreignObject, [role], [tabindex]';
  const bare = e => e.nodeName === 'SPAN' && !e.firstElementChild &&
    e.getAttributeNames().join() === 'class';
  const read = e => /[a-z0-9]/i.test(e.textContent) && e.textContent.trim().length > 1 &&
    e.offsetLeft + e.offsetWidth <= e.parentElement.clientWidth;
  const path = e => e ? `${path(e.parentElement)} ${e.className}|${e.getAttribute('style')}` : '';
  const blocks = [...document.querySelectorAll('pre')], kept = new Map();
  for (const block of blocks) {
    const place = path(block);
    for (const token of [...block.children].filter(bare)) {
      const kind = `${place} ${token.className}`, [, done] = kept.get(kind) ?? [];
      if (!done) kept.set(kind, [token, read(token)]);
    }
  }
  const stay = new Set([...kept.values()].map(([token]) => token));
  window.whole = [...blocks, ...document.querySelectorAll('svg, svg g')]
    .map(e => [e, [...e.childNodes]]);
  for (const [e, nodes] of whole) {
    if (e.nodeName !== 'PRE') {
      e.replaceChildren(...nodes.filter(n => n.matches?.(WORDS) || n.querySelector?.(WORDS)));
      continue;
    }
    const left = [''];
    for (const node of nodes) {
      if (node.nodeType === 3 || bare(node) && !stay.has(node))
        left.push(left.pop() + node.textContent);
      else left.push(node, '');
    }
    e.replaceChildren(...left.filter(one => one !== ''));
  }
}"""
RESTORE = "for (const [e, nodes] of window.whole) e.replaceChildren(...nodes)"

# Takes out of the page the paragraphs, rows, list items and cells that are built like others:
# what axe finds wrong in one of them, whatever its colours, it finds in all. Alike are elements
# of the same names and attributes, one in the other in the same way, shown in the same way, all
# with words or without, all with more inside than they show or not. What has words to be asked
# stays, what a label elsewhere points to, and what comes next to an item or a row that stays: it
# may be too near. Where only colours are asked, nothing stays for how it is built. Returns what
# puts all back.
THIN = """coloursOnly => {
  const UNITS = 'section > :is(p, ul, ol, div), tbody tr, li, .cell, .math, .math *';
  const ASKED = '[data-asked], [data-asked-link]';
  const TOLD = `:not(span), [role], [tabindex], ${ASKED}`;  // in code: not its tokens
  const POINTS = ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns'];
  const OWN = new Set(['id', 'href', 'data-target', 'data-clipboard-target']);
  const named = new Set(POINTS.flatMap(name => [...document.querySelectorAll(`[${name}]`)]
    .flatMap(e => e.getAttribute(name).split(' '))));
  const worth = (e, name) => name === 'style' && !e.matches('a, button, summary, input, select')
    ? e.style.cssText.replace(/-?[\\d.]+(em|px)/g, '') : e.getAttribute(name);
  const look = e => [e.nodeName, ...e.getAttributeNames().filter(
      name => !name.startsWith('data-asked')).map(
      name => OWN.has(name) ? name : name + worth(e, name)), getComputedStyle(e).display,
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()), e.checkVisibility(),
    e.scrollWidth > e.clientWidth, e.scrollHeight > e.clientHeight].join('|');
  const spare = [];
  const walk = (e, seen) => {
    let stay = false, near = false;
    for (const child of e.nodeName === 'PRE' ? e.querySelectorAll(TOLD) : e.children) {
      const own = coloursOnly ? '' : look(child), first = !coloursOnly && !seen.has(own);
      if (!seen.has(own)) seen.set(own, new Map());
      const stays = walk(child, seen.get(own)) || first || named.has(child.id) ||
        child.matches(`h1, h2, h3, h4, h5, h6, ${ASKED}`);
      if (!stays && !near && child.matches(UNITS)) spare.push(child);
      near = stays && child.matches('li, tr');
      stay ||= stays;
    }
    return stay;
  };
  walk(document.body, new Map());
  const places = spare.map(e => [e, e.nextSibling, e.parentNode]);
  const scrolled = [...document.querySelectorAll('*')].filter(e => e.scrollTop)
    .map(e => [e, e.scrollTop]);
  spare.forEach(e => e.remove());
  return () => {
    places.reverse().forEach(([e, next, parent]) => parent.insertBefore(e, next));
    scrolled.forEach(([e, top]) => { e.scrollTop = top });
  };
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


# Sets the theme, waits until no colour is on its way to another one, and asks axe, in one go: a
# page that is seen in between takes its time to be painted.
ASK = f"""async ({{theme, known, everything, colours}}) => {{
  document.documentElement.dataset.theme = theme;
  const moving = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.all(moving.map(one => one.finished.catch(() => null)));
  const recoloured = ({UNMOVED})(), fresh = ({KINDS})(known);
  if (recoloured && !fresh.length) return [fresh, []];
  const restore = ({THIN})(recoloured);
  const {{violations}} = await axe.run(document, recoloured ? colours : everything);
  const found = violations.flatMap(({{id, nodes}}) => nodes.map(({{target}}) =>
    `${{id}} at ${{target}}: ${{document.querySelector(target[0])?.outerHTML.slice(0, 200)}}`));
  restore();
  return [fresh, found];
}}"""


def accessibility(page, themes=THEMES, widths=WIDTHS, asked=None):
    """Axe's violations and sideways scrolling, at each width, light and dark.

    In a theme that changes nothing but colours, axe's rules on colours are asked, else all. The
    next width begins in the theme of the last one: a long page takes its time to change. Kinds of
    words in the set `asked` are not asked again; those that are join it.
    """
    asked = set() if asked is None else asked
    rules = {"everything": OPTIONS | {"runOnly": TAGS}, "colours": OPTIONS | {"runOnly": COLOURS}}
    page.evaluate(AXE)
    page.evaluate(ONE_OF_EACH)
    page.evaluate(LIGHTEN)
    faults = []
    for k, width in enumerate(widths):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("dispatchEvent(new Event('resize'))")  # where it was as wide before, too
        page.wait_for_timeout(SETTLED)
        faults += [f"{width}: {problem}" for problem in sideways(page)]
        for theme in themes[:: -1 if k % 2 else 1]:
            fresh, found = page.evaluate(ASK, rules | {"theme": theme, "known": sorted(asked)})
            asked.update(fresh)
            faults += [f"{width} {theme}: {problem}" for problem in found]
    page.evaluate(RESTORE)
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


FOCUSED = """() => { const e = document.activeElement, style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  return {stop: e.dataset.stop, html: e.outerHTML.slice(0, 120),
    ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0
          && box.left < innerWidth} }"""

# Numbers what Tab should reach, and notes where the focus is whenever the key is let go.
TABBABLE = f"""() => {{
  const focused = {FOCUSED};
  window.reached = [];
  addEventListener('keyup', () => reached.push(focused()), true);
  document.activeElement.blur();
  scrollTo(0, 0);
  return [...document.querySelectorAll('a[href], button, summary, input, [tabindex]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({{visibilityProperty: true}}))
    .map((e, n) => {{ e.dataset.stop = n; return e.outerHTML.slice(0, 120) }});
}}"""


def unreached(page):
    """Press Tab through the whole page: what is not reached, not seen, or has no focus ring."""
    stops = page.evaluate(TABBABLE)
    for _ in range(len(stops) + 5):
        page.keyboard.press("Tab")
    stood = [at for at in page.evaluate("reached") if at["stop"] is not None]
    faults = [f"{what}: {at['html']}" for at in stood for what in ("ring", "seen") if not at[what]]
    reached = {int(at["stop"]) for at in stood}
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
