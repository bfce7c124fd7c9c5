"""What each page loads: nothing that it does not use.

Also mended here, because no template can: what screen readers are told of folds and references.
"""

import re

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
    "calculator.js": "calculator-rules",  # on the calculator's page and the cover
    "cover": 'class="cover-live"',
    "explorer": 'class="explorer"',
}
DROPPED = ("sphinx_highlight",)  # marks the words of Sphinx's search, which finder.py replaces
# What screen readers are told wrongly: every fold has one name, and the roles of a bibliography.
MENDED = {
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'role="doc-biblioentry"': 'role="listitem"',
}


def add_files(app, folder, *names):
    """Load styles and scripts of a folder, in this order, on the pages that USED_WITH says."""
    app.connect("config-inited",
                lambda app, config: config.html_static_path.append(str(folder)))
    for name in names:
        if name.endswith(".css"):
            app.add_css_file(name)
        else:
            app.add_js_file(name, loading_method="defer")


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
                # "Show from an embedding" would be no sentence.
                colon = "" if name.startswith(("solution", "the ")) else ":"
                cell["prompt_show"] = f"Show{colon} {name}"
                cell["prompt_hide"] = f"Hide{colon} {name}"
                shorter = code.astext().partition("\n")[2]
                code.rawsource, code.children = shorter, [nodes.Text(shorter)]


def setup(app):
    app.connect("doctree-read", name_solutions)
    app.connect("html-page-context", drop_unused, priority=995)  # after the extensions' own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
