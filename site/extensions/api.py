"""The API reference: docstrings as they are written here, turned into what Sphinx reads."""

import re


def to_rst(app, what, name, obj, options, lines):
    """Rewrite a docstring in place, before napoleon reads its sections.

    Here a name of code stands between single backticks, and the last lines name the source and
    the test, a line each.
    """
    code = False
    text = []
    for line in lines:
        code = line.lstrip().startswith((">>>", "...")) or (code and bool(line.strip()))
        if not code:
            # Names, and what stands in quotes, which stay straight; quotes within code are code.
            line = re.sub(r'``[^`]*``|`([^`]+)`|("\w+")',
                          lambda found: f"``{found[1] or found[2]}``" if found.lastindex
                          else found[0], line)
        if line.startswith("Checked by:") and text and text[-1].strip():
            text.append("")
        text.append(line)
    lines[:] = text


def setup(app):
    app.connect("autodoc-process-docstring", to_rst, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
