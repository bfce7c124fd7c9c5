"""The API reference: docstrings reach Sphinx as they were meant."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

import api  # noqa: E402


def rewritten(text):
    lines = text.splitlines()
    api.to_rst(None, "function", "f", None, None, lines)
    return "\n".join(lines)


def test_code_is_set_as_code():
    assert rewritten("as `LSTM`, or ``LSTM``") == "as ``LSTM``, or ``LSTM``"
    assert rewritten('one of "loop" and `"bptt"`') == 'one of ``"loop"`` and ``"bptt"``'
    assert rewritten('`("D", "N", "H_out")`') == '``("D", "N", "H_out")``'


def test_an_example_stays_as_it_is():
    example = 'Example:\n    >>> f("loop")\n    ... # `x`\n    "loop"'
    assert rewritten(example) == example
    assert rewritten(example + "\n\n`x`").endswith("\n\n``x``")


def test_source_and_test_are_lines_of_their_own():
    assert rewritten("Source: a\nChecked by: b") == "Source: a\n\nChecked by: b"
    assert rewritten("Text.\n\nChecked by: b") == "Text.\n\nChecked by: b"


def test_the_page_documents_nothing_twice():
    page = (ROOT / "reference" / "api.md").read_text(encoding="utf-8")
    names = re.findall(r"^\.\. auto\w+:: (\S+)", page, re.M)
    assert len(names) == len(set(names)) > 10
