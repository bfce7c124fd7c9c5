"""Tables on a phone: one block for each row, where columns would be towers of words, or cut.

Which tables is decided here, by what their cells hold; book.css draws them so below 600 pixels. A
table of numbers is compared column by column, and stays one.
"""

import re
from html import escape, unescape

# Letters, on a screen of 390 pixels.
ROOM = 42  # beside each other, where they may not break
PADDING = 1.2  # the width of a cell's
TOWER = {2: 110}  # of a cell that is a tower of words in one of two columns,
TOWER_OF_MORE = 45  # and in one of three and more
NUMBER = 12  # of a cell that needs no more room than a number
SIGN = 2  # of a first cell that says nothing without its head: a number, a letter

TABLE = re.compile(r'<table class="table">.*?</table>', re.S)
ROW = re.compile(r"<tr\b.*?</tr>", re.S)
CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.S)
WHOLE = re.compile(r'<code class="(?:axes|shape)\b.*?</code>', re.S)  # axes.py
EVEN = re.compile(r' class="row-(?:odd|even)"')  # which no style asks for
ROLES = {"<table": "table", "<thead": "rowgroup", "<tbody": "rowgroup", "<tr": "row",
         "<th": "columnheader", "<td": "cell"}


def text(html):
    """Return what is read of some HTML. A formula stands there twice, the first time as MathML."""
    return unescape(re.sub(r"<math\b.*?</math>|<[^>]*>", "", html, flags=re.S)).strip()


def widest(html):
    """Return how many letters of a cell stand beside each other wherever its lines break."""
    shapes = [len(text(one)) + one.count('class="axis') for one in WHOLE.findall(html)]
    words = re.split(r"[\s-]+", text(WHOLE.sub(" ", html).replace("<wbr>", " ")))
    return max([*shapes, *map(len, words)])


def stacks(rows):
    """Say whether a table is stacked; its rows are lists of HTML, the first of them its head."""
    body = [[text(cell) for cell in row] for row in rows[1:]]
    longest = max((len(cell) for row in body for cell in row), default=0)
    columns = len(rows[0])
    if columns < 3:
        return longest > TOWER.get(columns, longest)
    if all(len(cell) <= NUMBER for row in body for cell in row[1:]):
        return False
    width = sum(max(map(widest, column)) + PADDING for column in zip(*rows, strict=True))
    return longest > TOWER_OF_MORE or width > ROOM


def cells(table):
    return [[cell for _, _, cell in CELL.findall(row)] for row in ROW.findall(table)]


def marked(table, rows):
    """Give each cell its head, and each element its role, which it would lose as a block.

    The second of two cells needs none below the first; and the first of more is the head of its
    block, if it says what that is, and there are other blocks, which are others.
    """
    heads = [escape(text(head)) for head in rows[0]]
    heads = [head if head.endswith("?") else f"{head}:" for head in heads]
    firsts = [text(row[0]) for row in rows[1:]]
    numbered = (len(firsts) == 1 or max(map(len, firsts)) <= SIGN
                or len(set(firsts)) < len(firsts))
    named = range(0 if numbered else 1, len(heads)) if len(heads) > 2 else ()

    def row(match):
        numbers = iter(range(len(heads)))

        def cell(match):
            name, attributes, content = match.groups()
            k = next(numbers)
            if name == "td" and k in named:
                attributes += f' data-head="{heads[k]}"'
            return f"<{name}{attributes}>{content}</{name}>"

        return CELL.sub(cell, match[0])

    table = ROW.sub(row, table.replace('class="table"', 'class="table stack"', 1))
    return re.sub(r"<(?:table|thead|tbody|tr|th|td)\b",
                  lambda tag: f'{tag[0]} role="{ROLES[tag[0]]}"', table)


def stacked(page):
    """Mark the tables of a page that are stacked; those with the same heads look the same."""
    page = EVEN.sub("", page)
    tables = {table: cells(table) for table in TABLE.findall(page)}
    heads = {(*rows[0],) for rows in tables.values() if stacks(rows)}
    for table, rows in tables.items():
        if (*rows[0],) in heads:
            page = page.replace(table, marked(table, rows))
    return page


def stack(app, pagename, templatename, context, doctree):
    if app.builder.name == "html":
        context["body"] = stacked(context.get("body", ""))


def setup(app):
    app.connect("html-page-context", stack)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
