"""The page of checked statements: rows of chapters/claims.yml in, text in Markdown out.

A statement is a `details` element, which folds without any script; the site's claims.js only adds
the filters. Its words stand in Markdown, so that a notebook, the site and its search read them.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

# How the page names the five documents.
SOURCES = {
    "000": "study notes",
    "001": "AI.handbook",
    "002": "CSDN article",
    "003": "tutorial notebook",
    "004": "PyTorch documentation",
}
# The verdicts, in the order of the page, and what each of them means.
VERDICTS = {
    "false": "It fails for a new LSTM with the default arguments, for an ordinary batch of "
             "sentences, or in the very case that it names.",
    "partly true": "It holds there, but not with every argument or in every task, or it leaves "
                   "out something that you need.",
    "not tested": "No cell of this book can decide it: it needs a GPU, a training task or other "
                  "data.",
    "true": "It holds with every argument of `nn.LSTM`, or for the example or the definition "
            "that it gives.",
}
# The mistakes behind the false statements: what costs most stands first.
GROUPS = ("padding", "states", "gradients", "results")
# Chapters whose names are more than the words of their files.
NAMES = {
    "06_batch_first": "batch_first",
    "09_lstm_and_lstmcell": "LSTM and LSTMCell",
    "short_answers_inside": "what is inside",
}
SAID = "Said by: "
SHOWN = "Shown by a cell of"
NEAREST = "Not tested; the nearest is a cell of"
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
    return NAMES.get(chapter, chapter.lstrip("0123456789_").replace("_", " "))


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
    """Write each verdict with its count and meaning, and draw a bar of all, as Markdown."""
    counts = Counter(one["verdict"] for one in joined(rows))
    parts, left, lines = "", 0, []
    for verdict, meaning in VERDICTS.items():
        size = f'x="{left}" width="{counts[verdict]}" height="8"'
        parts += f'<rect data-verdict="{verdict}" {size}/>'
        left += counts[verdict]
        lines.append(f'- <strong data-verdict="{verdict}">{verdict}</strong> '
                     f"({counts[verdict]}): {meaning}")
    bar = f'<svg class="claims-bar" viewBox="0 0 {left} 8" aria-hidden="true">{parts}</svg>'
    return "\n".join(lines) + f"\n\n<div>{bar}</div>\n\nTogether {left} statements."


def by_source(rows: Iterable[Row]) -> str:
    """Write a table in Markdown: how many statements of each document have each verdict."""
    statements = joined(rows)
    lines = ["| source | " + " | ".join(VERDICTS) + " |", "|---|" + "--:|" * len(VERDICTS)]
    for name in (*SOURCES.values(), "together"):
        counts = Counter(one["verdict"] for one in statements
                         if name in (*one["sources"], "together"))
        lines.append(f"| {name} | " + " | ".join(str(counts[one]) for one in VERDICTS) + " |")
    return "\n".join(lines)


def listed(rows: Iterable[Row], verdict: str, group: str = "", opened: bool = False,
           folded: bool = False) -> str:
    """Write the statements with this verdict: each folds, and what is true stands within.

    Those of one chapter stand together, and those of later ones come first. A group keeps the
    order of its rows.

    Args:
        rows: of chapters/claims.yml.
        verdict: one of VERDICTS.
        group: one of GROUPS; or all.
        opened: show what stands within at once.
        folded: put the whole list behind one line.

    Checked by: tests/book/test_claims.py
    """
    chosen = [one for one in joined(rows)
              if one["verdict"] == verdict and group in ("", one.get("group"))]
    if not group:
        chosen.sort(key=_order, reverse=True)  # keeps the order of the rows of one chapter
    text = "\n\n".join(_written(one, opened) for one in chosen)
    if folded:
        head = f"<summary>{ALL.format(count=len(chosen))}</summary>"
        text = f'<details class="claims-all">{head}\n\n{text}\n\n</details>'
    return text


def _escaped(text: str) -> str:
    """Keep the stars of D*H and 4*H outside of `code`: two on a line would be emphasis."""
    parts = text.split("`")
    return "`".join(part if at % 2 else part.replace("*", "\\*") for at, part in enumerate(parts))


def _written(one: Mapping[str, Any], opened: bool) -> str:
    names, verdict = ", ".join(one["sources"]), one["verdict"]
    link = f"[{subject(one['chapter'])}]({one['chapter']}.ipynb#{one['cell']})"
    note = _escaped(one["note"]) + " " if "note" in one else ""
    shown = NEAREST if verdict == "not tested" else SHOWN
    return (
        f'<details class="claim" id="claim-{one["id"]}" data-verdict="{verdict}" '
        f'data-sources="{names}" data-subject="{subject(one["chapter"])}"'
        f"{' open' if opened else ''}>\n<summary>\n\n**{verdict}** {_escaped(one['statement'])}"
        f"\n\n</summary>\n\n{note}*{SAID}{names}. {shown} {link}.*\n\n</details>"
    )
