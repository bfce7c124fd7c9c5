"""Shapes in tables: one colour for each axis, as on the cover, and its letter always shown.

A shape is code such as `(L, N, H_in)`. One of numbers, `(5, 3, 6)`, gets the colours of a shape in
letters to its left or above it, if both have as many axes.
"""

import re

from docutils import nodes

# The factor of an axis that says its kind: the first of these that it has. `D*num_layers` is the
# axis of layers and directions, `D*H_out` one of features.
KINDS = (("L", r"L|L_sum"), ("N", r"N"), ("layers", r"num_layers"),
         ("H", r"H_in|H_cell|H_out|hidden_size|input_size|proj_size"))
LONG = 16  # letters of a word that may break in a table: two columns of them fill a phone
AXIS = r"[\w*]+"
SHAPE = re.compile(rf"\(({AXIS}(?:, {AXIS})*),?\)")


def axes(text):
    """Return the axes of a shape written as text; none if the text is no shape."""
    shape = SHAPE.fullmatch(text)
    return shape[1].split(", ") if shape else []


def kind(axis):
    """Return the kind of an axis in letters, or None."""
    factors = axis.split("*")
    for name, pattern in KINDS:
        if any(re.fullmatch(pattern, factor) for factor in factors):
            return name
    return None


def coloured(literal, names, kinds):
    """Put each axis of a shape into an element of its kind; the text stays the same."""
    last = ",)" if literal.astext().endswith(",)") else ")"
    parts = [nodes.Text("(")]
    for k, (name, of) in enumerate(zip(names, kinds, strict=True)):
        parts += [nodes.Text(", ")] if k else []
        parts.append(nodes.inline("", name, classes=["axis", f"axis-{of}"]))
    literal.children = []
    literal.extend([*parts, nodes.Text(last)])
    literal["classes"].append("axes")


def breakable(literal):
    """Let a long name in a table break, after an underscore, a dot or an opening sign or before a
    capital if it has one, and anywhere if that is not enough."""
    for text in list(literal.findall(nodes.Text)):
        words = text.split()
        if not words or max(map(len, words)) <= LONG:
            continue
        parts = re.split(r"(?<=[\w)][_.=(,/])(?=[\w\"'])|(?<=[a-z])(?=[A-Z][a-z])", text)
        if max(len(word) for part in parts for word in part.split()) > LONG:
            literal["classes"].append("long")
        if len(parts) > 1:
            new = [nodes.Text(parts[0])]
            for part in parts[1:]:
                new += [nodes.raw("", "<wbr>", format="html"), nodes.Text(part)]
            text.parent.replace(text, new)


def unbreakable(literal, most):
    """Keep a short one on its line: a shape, a slice, a number with an exponent, an option."""
    text = literal.astext()
    if len(text) <= most and re.search(r"[\s-]", text):
        literal["classes"].append("shape")


def colour(app, doctree):
    for literal in doctree.findall(nodes.literal):
        if literal.parent.tagname == "paragraph" and literal.parent.parent.tagname != "entry":
            unbreakable(literal, 2 * LONG if literal.astext().startswith("-") else LONG)
    for table in doctree.findall(nodes.table):
        above = {}  # the kinds of the last shape in letters, by column
        for row in table.findall(nodes.row):
            beside = []  # and those of this row
            for column, entry in enumerate(row.children):
                for literal in list(entry.findall(nodes.literal)):
                    names = axes(literal.astext())
                    kinds = [kind(name) for name in names]
                    if names and all(kinds):
                        above[column] = kinds
                        beside.append(kinds)
                    elif names and all(name.isdigit() for name in names):
                        literal["classes"].append("shape")
                        known = [one for one in [*beside, above.get(column, [])]
                                 if len(one) == len(names)]
                        kinds = known[0] if known else [None]
                    if names and all(kinds):
                        coloured(literal, names, kinds)
                    else:
                        unbreakable(literal, LONG // 2)  # as the order of the gates
                    if not names:
                        breakable(literal)


def setup(app):
    app.connect("doctree-read", colour, priority=950)  # after the search has read the text
    return {"parallel_read_safe": True, "parallel_write_safe": True}
