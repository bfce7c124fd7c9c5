"""The page of checked statements: rows of chapters/claims.yml in, text in Markdown out.

A statement is a `details` element, which folds without any script; the site's claims.js only adds
the filters. Its words stand in Markdown, so that a notebook, the site and its search read them.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

# How the page names the five documents, and each verdict, in the order of the page.
SOURCES = {
    "000": "study notes",
    "001": "AI.handbook",
    "002": "CSDN article",
    "003": "tutorial notebook",
    "004": "PyTorch documentation",
}
VERDICTS = ("refuted", "precise", "unmeasured", "kept")
SAID = "Said by: "
SHOWN = "Shown by a cell of"
NEAREST = "Not measured; the nearest is a cell of"
ALL = "Show all {count}"

Row = Mapping[str, str]


def joined(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Join the rows of one statement: each once, with the names of all its sources."""
    statements: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = statements.setdefault(row["statement"], {**row, "sources": []})
        name = SOURCES[row["document"]]
        if name not in one["sources"]:
            one["sources"].append(name)
    return list(statements.values())


def subject(chapter: str) -> str:
    """Name a chapter's file as words: "05_parameters" is "parameters"."""
    return chapter.lstrip("0123456789_").replace("_", " ")


def can_fail(source: str) -> bool:
    """Tell whether code has an assert, or calls assert_close or the like."""
    nodes = [*ast.walk(ast.parse(source))]
    calls = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    return (any(isinstance(node, ast.Assert) for node in nodes)
            or any(name.split(".")[-1].startswith("assert_") for name in calls))


def _order(one: Row) -> tuple[bool, str]:
    """What an LSTM can do, in later chapters, comes before shapes and names."""
    return (one["chapter"][0].isdigit(), one["chapter"])


def counted(rows: Iterable[Row]) -> str:
    """Draw a bar of all statements by verdict, and write the counts under it, as Markdown."""
    counts = Counter(one["verdict"] for one in joined(rows))
    parts, left = "", 0
    for verdict in VERDICTS:
        parts += f'<rect class="{verdict}" x="{left}" width="{counts[verdict]}" height="8"/>'
        left += counts[verdict]
    words = ", ".join(f"{counts[verdict]} **{verdict}**" for verdict in VERDICTS)
    bar = f'<svg class="claims-bar" viewBox="0 0 {left} 8" aria-hidden="true">{parts}</svg>'
    return f"<div>{bar}</div>\n\n{left} statements: {words}."


def listed(rows: Iterable[Row], verdict: str, opened: bool = False, folded: bool = False) -> str:
    """Write the statements with this verdict: each folds, and what is true stands within.

    Those of one chapter stand together, and those of later ones come first.

    Args:
        rows: of chapters/claims.yml.
        verdict: one of VERDICTS.
        opened: show what is true at once.
        folded: put the whole list behind one line.

    Checked by: tests/book/test_claims.py
    """
    chosen = [one for one in joined(rows) if one["verdict"] == verdict]
    chosen.sort(key=_order, reverse=True)  # keeps the order of the rows of one chapter
    text = "\n\n".join(_written(one, opened) for one in chosen)
    if folded:
        head = f"<summary>{ALL.format(count=len(chosen))}</summary>"
        text = f'<details class="claims-all">{head}\n\n{text}\n\n</details>'
    return text


def _written(one: Mapping[str, Any], opened: bool) -> str:
    # D*H and 4*H on one line would be emphasis, and the stars would be gone.
    statement = one["statement"].replace("*", "\\*")
    names = ", ".join(one["sources"])
    link = f"[{subject(one['chapter'])}]({one['chapter']}.ipynb#{one['cell']})"
    note = one["note"].replace("*", "\\*") + " " if "note" in one else ""
    shown = NEAREST if one["verdict"] == "unmeasured" else SHOWN
    return (
        f'<details class="claim {one["verdict"]}" id="claim-{one["id"]}" '
        f'data-sources="{names}" data-subject="{subject(one["chapter"])}"'
        f"{' open' if opened else ''}>\n<summary>\n\n**{one['verdict']}** {statement}\n\n"
        f"</summary>\n\n{note}*{SAID}{names}. {shown} {link}.*\n\n</details>"
    )
