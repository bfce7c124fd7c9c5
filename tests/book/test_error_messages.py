"""The pages of error texts: each heading that is a text is raised again, by PyTorch's modules and
by ours.

The pages are the only list of the texts: the test reads their headings, runs their cells, and
looks for each heading in what they print. Then it runs them with our modules in the place of
PyTorch's.
"""

import ast
import contextlib
import io
import re
import warnings
from collections import Counter

import pytest
import torch
from matplotlib.colors import to_hex

import lstm_from_scratch
from lstm_from_scratch import LSTM, errors
from lstm_from_scratch.teaching import messages, style
from lstm_from_scratch.verify.compare import error_of
from tests.support.chapters import ERROR_PAGES, ROOT, asserts, cells
from tests.support.drawings import assert_legible, strings
from tests.support.releases import IS_PINNED

CHAPTER, AROUND = ERROR_PAGES
FAILED = "an assertion of the cell failed"  # not a text of a heading
HEADING = re.compile(r"^### (`+)(.+?)\1$", re.MULTILINE)
NOT_RAISED = re.compile(r"not raised here", re.IGNORECASE)

# Where ours differs, with the same cell: the heading begins so, and ours prints this instead.
# The reasons stand on the page: an accident of Python or of a kernel gets a sentence, and some
# calls work. An empty text: the call works, and an assertion of the cell fails.
OTHERWISE = {
    "RuntimeError: get_mkldnn_dtype": "Input and hidden tensors are not the same dtype",
    "AttributeError: 'tuple' object has no attribute 'dim'": "Expected input to be a Tensor",
    "RuntimeError: start (15)": "batch_sizes of a PackedSequence must be positive",
    "UserWarning: LSTM with projections": "",
    "TypeError: RNNBase.__init__() got an unexpected keyword argument 'nonl": "LSTM.__init__",
    "RuntimeError: mat1 and mat2 must have the same dtype, but got Long":
        "Input and parameter tensors are not the same dtype",
    "RuntimeError: Trying to create tensor with negative": "must not be negative",
    "RuntimeError: Batching rule not implemented": "None",
    "AttributeError: 'list' object has no attribute 'dim'": "PackedSequence, got: list",
    "TypeError: RNNBase.__init__() got an unexpected keyword argument 'recurrent": "LSTM.__init__",
    "RuntimeError: The number of rows in the packB": "",
    "AttributeError: 'LSTM' object has no attribute '_flat_weights'": "has no deleter",
}


def one_line(text):
    """A text without its line breaks, and up to the dots that stand for the rest."""
    return " ".join(text.split()).removesuffix("...").rstrip()


def sections(chapter):
    """Return {text of a heading: (what is written below it, the code cells below it)}."""
    found, text = {}, None
    for cell in cells(chapter).values():
        if cell.cell_type == "code":
            if text:
                found[text][1].append(cell)
            continue
        for part in re.split(r"(?m)^(?=#{1,3} )", cell.source):
            heading = HEADING.match(part)
            if heading:
                text = one_line(heading[2])
                assert text not in found, f"two headings with the text {text}"
                found[text] = [part, []]
            elif part.startswith("#"):
                text = None  # a question, which ends the section of a text
            elif text:
                found[text][0] += part
    return found


PAGES = {chapter: sections(chapter) for chapter in ERROR_PAGES}
SECTIONS = PAGES[CHAPTER] | PAGES[AROUND]
QUOTED = {text for text, (prose, _) in SECTIONS.items() if NOT_RAISED.search(prose)}
RAISED = [text for text in SECTIONS if text not in QUOTED]


def run(chapter, replaced=""):
    """Run all cells, and return what each prints; a failed assertion is printed, too.

    Args:
        chapter: the page.
        replaced: the namespace that stands where the cells have `nn`.
    """
    printed, names = {}, {"__name__": "chapter", "book": lstm_from_scratch}
    for cell in cells(chapter).values():
        if cell.cell_type != "code" or cell.id == "setup-colab":
            continue
        source = cell.source
        if replaced:
            source = re.sub(r"\bnn\.(LSTM|LSTMCell)\b", rf"{replaced}.\1", source)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            try:
                exec(compile(source, cell.id, "exec"), names)
            except AssertionError:
                print(FAILED)
        printed[cell.id] = one_line(out.getvalue())
    return printed


@pytest.fixture(scope="module")
def printed():
    """What the cells of all pages print with PyTorch's modules, and with ours."""
    state = torch.get_rng_state()
    torch.set_warn_always(True)  # otherwise oneDNN's warning comes once in a process
    try:
        theirs, ours = {}, {}
        for chapter in ERROR_PAGES:
            with warnings.catch_warnings():
                theirs |= run(chapter)
            with warnings.catch_warnings():
                ours |= run(chapter, "book")
    finally:
        torch.set_warn_always(False)
        torch.set_rng_state(state)
    return theirs, ours


def below(text, printed):
    """What the cells below a heading print."""
    return " ".join(printed[cell.id] for cell in SECTIONS[text][1])


pinned = pytest.mark.skipif(not IS_PINNED, reason="texts change between releases of PyTorch")


@pinned
@pytest.mark.parametrize("text", RAISED)
def test_pytorch_says_so(text, printed):
    theirs, _ = printed
    assert text in below(text, theirs)
    assert FAILED not in below(text, theirs)


@pinned
@pytest.mark.parametrize("text", RAISED)
def test_ours_says_so_too(text, printed):
    _, ours = printed
    instead = [said for begin, said in OTHERWISE.items() if text.startswith(begin)]
    if instead:
        assert instead[0] in below(text, ours)
        assert text not in below(text, ours) or FAILED in below(text, ours)
    else:
        assert text in below(text, ours)
        assert FAILED not in below(text, ours)  # its repair holds for ours, too


def test_differences_are_those_of_headings():
    for begin in OTHERWISE:
        assert sum(text.startswith(begin) for text in SECTIONS) == 1, begin


def test_no_text_has_a_section_on_both_pages():
    assert PAGES[CHAPTER].keys() & PAGES[AROUND].keys() == set()


@pytest.mark.parametrize("chapter, many", [(CHAPTER, 45), (AROUND, 30)])
def test_a_page_has_many_texts_and_few_are_quoted_only(chapter, many):
    texts = PAGES[chapter].keys()
    assert len(texts - QUOTED) > many and 0 < len(texts & QUOTED) < 10
    assert all(SECTIONS[text][1] for text in RAISED)


def test_each_text_around_the_lstm_has_a_repair_that_is_asserted():
    """A cell raises the text, and a later cell of the section repairs and asserts."""
    unrepaired = [text for text, (_, code) in PAGES[AROUND].items() if not asserts(code[-1])]
    assert unrepaired == []
    assert all(len(PAGES[AROUND][text][1]) > 1 for text in PAGES[AROUND].keys() - QUOTED)


def test_stored_outputs_hold_the_headings():
    """Without running anything, on every release: what the site shows is what the heading says."""
    for text in RAISED:
        outputs = [out.get("text", "") for cell in SECTIONS[text][1] for out in cell.outputs]
        assert text in one_line(" ".join(outputs))


def pattern(text):
    """A pattern for a text with fields in braces."""
    return ".+?".join(re.escape(part) for part in re.split(r"\{[^}]*\}", text))


def texts_of_arguments():
    """The texts of errors.py: of the rules, of the calculator, and the two that stand alone."""
    rules = {rule[-1] for rule in (*errors.RULES, *errors.CELL_RULES, *errors.REFUSALS)}
    return sorted({pattern(text) for text in rules | {errors.NO_STEPS, errors.ONE_LAYER}})


def patterns_of_calls(source):
    """The patterns of what validation.py says: what is called `text`, or passed as one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "text":
            value = node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "refusal":
            value = node.args[1]
        else:
            continue
        if isinstance(value, ast.JoinedStr):
            parts = (getattr(part, "value", None) for part in value.values)
            yield "".join(re.escape(p) if isinstance(p, str) else ".+?" for p in parts)
        elif isinstance(value, ast.Constant) and value.value:
            yield re.escape(value.value)


CALLS = sorted(
    set(patterns_of_calls((ROOT / "lstm_from_scratch/validation.py").read_text("utf-8")))
)


def shown():
    """All that the cells of the chapter print, as it is stored."""
    stored = (cell for cell in cells(CHAPTER).values() if cell.cell_type == "code")
    return one_line(" ".join(out.get("text", "") for cell in stored for out in cell.outputs))


@pytest.mark.parametrize("text", [*texts_of_arguments(), *CALLS])
def test_every_text_of_the_package_is_shown(text):
    assert re.search(text, shown())


def test_the_texts_of_the_package_are_found():
    assert len(texts_of_arguments()) > 8 and len(CALLS) > 15
    source = "text = f'no {x} here'\nraise refusal(ValueError, 'b', 'c')"
    assert list(patterns_of_calls(source)) == ["no\\ .+?\\ here", "b"]


def text_of_state(shape):
    """The real text for a state of such a shape, without its type."""
    state = torch.zeros(shape)
    text = error_of(LSTM(10, 20), torch.zeros(5, 3, 10), (state, state))
    return text and text.partition(": ")[2]


def test_the_figure_shows_a_text_that_is_raised():
    figure = messages.two_shapes((1, 3, 20), (3, 1, 20), (5, 3, 10), H_in=10)
    assert_legible(figure)
    assert figure.get_size_inches()[1] < 6
    assert text_of_state((3, 1, 20)) in strings(figure)
    assert text_of_state((2, 3, 20)) not in strings(figure)
    marks = Counter(to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches)
    # Each axis in both shapes of the text, in the legend, in h_0, and once in the lines above.
    assert [marks[style.AXES[letter]] for letter in "DNH"] == [5, 5, 5]


# Negative controls.


def test_another_text_is_seen(printed):
    theirs, _ = printed
    text = RAISED[0]
    assert text.replace("2", "7") not in below(text, theirs)


def test_a_package_text_that_is_not_shown_is_seen():
    assert not re.search(pattern("{name} should be greater than {bound}"), shown())
