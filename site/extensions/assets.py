"""What each page loads: nothing that it does not use.

Also mended here, because no template can: what screen readers are told of folds and references.
"""

import re
from pathlib import Path

from docutils import nodes

# A file of an extension is loaded where the page has the mark that it works on.
USED_WITH = {
    "design": 'class="sd-',
    "copybutton": 'class="highlight',
    "clipboard": 'class="highlight',
    "mystnb": 'class="cell',
    "katex": 'class="katex',
    "calculator_page": 'class="calculator"',
    "calculator.css": 'class="calculator"',
    "calculator.js": "application/json",  # the rules, on the calculator's page and the cover
    "cover": 'class="cover-live"',
    "explorer": 'class="explorer"',
}
DROPPED = ("sphinx_highlight",)  # marks the words of Sphinx's search, which finder.py replaces
# What screen readers are told wrongly: every fold has one name, and the roles of a bibliography.
MENDED = {
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'role="doc-biblioentry"': 'role="listitem"',
}


def wanted(asset, body):
    name = str(asset.filename)
    used = all(mark in body for file, mark in USED_WITH.items() if file in name)
    return used and not any(file in name for file in DROPPED)


def drop_unused(app, pagename, templatename, context, doctree):
    """Keep the scripts and styles that the page uses, and mend the page's text."""
    body = context.get("body", "")
    for wrong, right in MENDED.items():
        body = body.replace(wrong, right)
    context["body"] = body
    for files in ("script_files", "css_files"):
        context[files] = [asset for asset in context.get(files, []) if wanted(asset, body)]


def name_solutions(app, doctree):
    """"Show solution 2" on the fold of the cell whose first line is `# @title Solution 2`.

    Colab shows that line as the cell's title. On a page it would stand twice.
    """
    for cell in doctree.findall(nodes.container):
        code = next(iter(cell.findall(nodes.literal_block)), None)
        if cell.get("hide_mode") and code is not None:
            title = re.match(r"# @title (.+)", code.astext())
            if title:
                name = title[1][0].lower() + title[1][1:]
                cell["prompt_show"], cell["prompt_hide"] = f"Show {name}", f"Hide {name}"
                shorter = code.astext().partition("\n")[2]
                code.rawsource, code.children = shorter, [nodes.Text(shorter)]


# What the theme's own templates write, and what a reader without JavaScript, or before it runs,
# needs: the theme "auto" has no colours.
BEFORE_SCRIPTS = {
    'data-theme="auto"': 'data-theme="light"',
    'localStorage.getItem("theme") || "auto"':
        'localStorage.getItem("theme") || '
        '(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
    '<meta name="viewport" content="width=device-width, initial-scale=1" />': "",
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>': "",
}


def colour_early(app, exception):
    if exception or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = mended = path.read_text("utf-8")
        for wrong, right in BEFORE_SCRIPTS.items():
            mended = mended.replace(wrong, right)
        if mended != text:
            path.write_text(mended, "utf-8")


PRUNED = ("bootstrap.css", "pydata-sphinx-theme.css", "sphinx-design.min.css")


def closing(css, start):
    """Return the place of the brace that closes the one at `start`."""
    depth = 0
    for brace in re.finditer("[{}]", css[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.start()
    raise ValueError(f"no closing brace: {css[start:start + 40]}")


def needed(selector, used):
    """Say whether each class that a selector asks for occurs; choices in brackets are left out."""
    asked = re.sub(r":(not|is|where)\([^)]*\)", "", selector)
    return all(name in used for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", asked))


def pruned(css, used):
    """Leave out the rules that ask for a class which no page and no script has."""
    css, kept, place = re.sub(r"/\*[^!].*?\*/", "", css, flags=re.S), [], 0
    while (start := css.find("{", place)) >= 0:
        end, head = closing(css, start), css[place:start]
        *statements, head = head.split(";")  # such as @charset
        kept += [statement + ";" for statement in statements]
        if head.lstrip().startswith(("@media", "@supports")):
            inner = pruned(css[start + 1:end], used)
            kept += [head, "{", inner, "}"] if inner.strip() else []
        elif head.lstrip().startswith("@"):
            kept.append(head + css[start:end + 1])
        else:
            selectors = re.split(r",(?![^(]*\))", head)
            selectors = [one for one in selectors if needed(one, used)]
            kept += [",".join(selectors), css[start:end + 1]] if selectors else []
        place = end + 1
    return "".join(kept) + css[place:]


def prune_styles(app, exception):
    """Remove from the theme's styles what no page of the site uses: half of their bytes."""
    if exception or app.builder.name != "html":
        return
    out, used = Path(app.outdir), set()
    for path in out.rglob("*.html"):
        for names in re.findall(r'class="([^"]*)"', path.read_text("utf-8")):
            used.update(names.split())
    for path in out.rglob("*.js"):
        used.update(re.findall(r"[\w-]+", path.read_text("utf-8")))
    for path in out.rglob("*.css"):
        if path.name in PRUNED:
            path.write_text(pruned(path.read_text("utf-8"), used), "utf-8")


def setup(app):
    app.connect("doctree-read", name_solutions)
    app.connect("html-page-context", drop_unused, priority=995)  # after the extensions' own
    app.connect("build-finished", colour_early)
    app.connect("build-finished", prune_styles, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
