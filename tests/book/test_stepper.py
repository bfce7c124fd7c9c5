"""The stepper's HTML: whole, alone, the same each time, with the numbers of the arrays."""

import html
import json
import re
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest

from lstm_from_scratch import reference
from lstm_from_scratch.teaching import style
from lstm_from_scratch.teaching.stepper import COLUMNS, WORDS, decimal, stepper, thousandths

VOID = {"br", "hr", "img", "input", "link", "meta"}
LENGTH, FEATURES = 6, 2


class Page(HTMLParser):
    """What the tests ask of a page: open tags, misplaced ones, ids, rows of numbers, texts."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.misplaced, self.ids, self.rows, self.texts = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.ids += [value for key, value in attributes if key == "id"]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_startendtag(self, tag, attributes):
        self.ids += [value for key, value in attributes if key == "id"]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.misplaced.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)
            if self.open[-1] == "td":
                self.rows[-1].append(float(data.replace("−", "-")))


def broken(text):
    """List the tags that are not closed, or closed where they should not be."""
    page = Page(text)
    return page.open + page.misplaced


def outside(text):
    """List what could make a browser ask for anything beside the page itself."""
    return re.findall(r"//\w|https?:|url\(|@import|\bimport\b|fetch\(|(?:src|href)\s*=", text)


def twice(text):
    return [key for key, count in Counter(Page(text).ids).items() if count > 1]


def made_of(units, seed=0):
    """Make the input and the weights of a random cell."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(LENGTH, FEATURES))
    return x, [rng.normal(size=(4 * units, columns)) for columns in (FEATURES, units)]


def run(units, seed=0):
    """Run a random cell and record what the stepper wants."""
    x, weights = made_of(units, seed)
    h = c = np.zeros(units)
    rows = []
    for x_t in x:
        i, f, g, o = np.split(weights[0] @ x_t + weights[1] @ h, 4)
        i, f, g, o = *(1 / (1 + np.exp(-a)) for a in (i, f)), np.tanh(g), 1 / (1 + np.exp(-o))
        h, c = reference.step(x_t, h, c, *weights, np.zeros(4 * units), np.zeros(4 * units))
        rows.append((i, f, g, o, c, h))
    return x, dict(zip("ifgoch", map(np.array, zip(*rows, strict=True)), strict=True))


def markup(x, run, **options):
    return stepper(x, **run, **options)._repr_html_()


@pytest.mark.parametrize("units", [1, 3])
def test_the_table_holds_the_arrays(units):
    x, arrays = run(units)
    rows = [row for row in Page(markup(x, arrays)).rows if row]
    assert len(rows) == units * LENGTH
    c_prev = np.vstack([np.zeros(units), arrays["c"][:-1]])
    columns = arrays | {
        "c_prev": c_prev,
        "kept": arrays["f"] * c_prev,
        "written": arrays["i"] * arrays["g"],
        "tanh": np.tanh(arrays["c"]),
    }
    for k in range(units):
        expected = np.column_stack([x, *(columns[key][:, k] for key in COLUMNS)])
        got = np.array(rows[k * LENGTH : (k + 1) * LENGTH])
        assert np.abs(got - expected).max() < 0.000502
        assert np.abs(got - np.roll(expected, 1, axis=0)).max() > 0.1  # another step is seen


def test_a_row_is_that_of_the_table():
    x, arrays = run(3)
    made = stepper(x, **arrays)
    rows = [row for row in Page(made._repr_html_()).rows if row]
    for unit in range(3):
        assert list(made.row(4, unit).values()) == rows[LENGTH * unit + 4][FEATURES:]


def test_the_bars_are_as_high_as_the_numbers():
    x, arrays = run(1)
    paths = re.findall(r'<path d="([^"]*)" fill="var\(--(\w)\)"', markup(x, arrays))
    assert [key for _, key in paths] == ["x", "x", *"ifgoch"]
    for path, key in paths[FEATURES:]:
        heights = [-int(v) for v in re.findall(r"V(-?\d+)h8", path)]
        assert heights == thousandths(arrays[key])[:, 0].tolist()


def test_vectors_are_one_unit_and_one_feature():
    x, arrays = run(1)
    flat = {key: values[:, 0] for key, values in arrays.items()}
    assert markup(x, flat) == markup(x, arrays)
    assert "x[0]" in Page(markup(x[:, 0], flat)).texts


def test_it_is_whole_and_alone():
    for units in (1, 3):
        text = markup(*run(units), name="one")
        assert broken(text) == [] and outside(text) == [] and twice(text) == []
        assert Page(text).ids == ["one"]
    assert len(markup(*run(1))) < 30_000


@pytest.mark.parametrize(
    ("check", "spoiled"),
    [
        (broken, lambda text: text.replace("</table>", "", 1)),
        (broken, lambda text: text.replace("</td>", "</th>", 1)),
        (outside, lambda text: text.replace("</style>", "@import 'a.css';</style>")),
        (outside, lambda text: text + '<img src="a.png">'),
        (outside, lambda text: text + "<script>open('//a.org')</script>"),
        (twice, lambda text: text + text),
    ],
)
def test_what_is_not_is_seen(check, spoiled):
    text = markup(*run(1))
    assert check(text) == [] and check(spoiled(text)) != []


def test_the_same_arrays_give_the_same_text():
    x, arrays = run(2)
    x[0] = 0.0625, -0.0625  # halves of a thousandth
    text = markup(x, arrays)
    for noise in (0, 1e-13, -1e-13):
        shaken = {key: values + noise for key, values in arrays.items()}
        assert markup(x + noise, shaken) == text
    assert markup(x + 0.01, arrays) != text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (-0.0004, "0.000"),
        (0.0625, "0.063"),
        (np.nextafter(0.0625, 0), "0.063"),
        (-0.0625, "−0.063"),
        (0.0624, "0.062"),
        (12.3456, "12.346"),
        (1 / (1 + np.exp(-10)), "1.000"),
    ],
)
def test_numbers_are_rounded_the_same_on_both_sides_of_a_half(value, text):
    assert decimal(thousandths(value)) == text


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda run: run.update(i=run["f"], f=run["i"]), "c is not what the gates make of it"),
        (lambda run: run.update(h=run["h"] + 0.001), "h is not what the gates make of it"),
        (lambda run: run.update(g=run["g"][:, :1]), "steps or units differ"),
        (lambda run: run.update(o=run["o"][1:]), "steps or units differ"),
        (lambda run: run.update(c_0=np.ones(2)), "c is not what the gates make of it"),
        (lambda run: run.update(c=np.full((LENGTH, 2), np.nan)), "finite numbers"),
        (lambda run: run.update(features=["a"]), "2 features, but 1 names"),
        (lambda run: run.update(start=LENGTH), "one of the 6 steps, got 6"),
    ],
)
def test_what_is_no_run_of_a_cell_is_refused(spoil, match):
    x, arrays = run(2)
    spoil(arrays)
    with pytest.raises(ValueError, match=match):
        stepper(x, **arrays)


def test_the_weights_go_with_the_run():
    x, arrays = run(1)
    weights = [*made_of(1)[1], np.full(4, 0.25), np.full(4, -0.25)]
    text = markup(x, arrays, weights=weights)
    cell = json.loads(html.unescape(re.search('data-cell="(.*?)"', text)[1]))
    assert np.allclose(cell["x"], x, atol=1e-8) and cell["c_0"] == 0
    assert np.allclose(cell["weights"], np.column_stack([*weights[:2], np.zeros(4)]), atol=1e-8)
    assert Page(text).rows == Page(markup(x, arrays)).rows and "data-cell" not in markup(x, arrays)


def test_weights_of_another_cell_are_refused():
    x, arrays = run(1)
    weights = [*made_of(1)[1], np.zeros(4), np.zeros(4)]
    for k in range(3):
        other = [values + 0.1 * (n == k) for n, values in enumerate(weights)]
        with pytest.raises(ValueError, match="i is not what the weights make of x and h"):
            stepper(x, **arrays, weights=other)
    with pytest.raises(ValueError, match="one unit's weights can be changed, got 2 units"):
        stepper(*run(2)[:1], **run(2)[1], weights=weights)


def test_a_run_may_start_anywhere_and_in_float32():
    x, arrays = run(2)
    later = {key: values[2:].astype(np.float32) for key, values in arrays.items()}
    made = stepper(x[2:], **later, c_0=arrays["c"][1])
    assert made.row(0) == stepper(x, **arrays).row(2)


def test_the_script_reads_the_columns_and_words_that_there_are():
    text = markup(*run(1))
    keys = re.search(r"KEYS = \[(.*?)\]", text).group(1)
    assert re.findall(r'"(\w+)"', keys) == list(COLUMNS)
    script = text[text.index("<script>") :]
    static = {"table", "none", "little", "half", "most", "all"}
    buttons = {"first", "previous", "play", "next", "last"}
    used = set(re.findall(r"words\.(\w+)", script)) | buttons | {"pause"} | static
    assert used == set(WORDS)
    assert set(re.findall(r"{(\w+)}", WORDS["step"])) <= {"t", *COLUMNS}
    for key, colour in style.COLOURS.items():
        assert f"--{key}:{colour}" in text


def test_no_word_stands_outside_the_table_of_words():
    x, arrays = run(2)
    other = {key: f"«{key}»" for key in WORDS}
    text = html.unescape(markup(x, arrays, words=other))
    assert all(word in text for word in other.values())
    written = re.sub("«.*?»", "", " ".join(Page(text).texts))
    letters = {"t", "c", "i", "f", "g", "o", "h", "tanh", "x", "t−1"}
    assert set(re.findall(r"[^\W\d_]+(?:−1)?", written)) <= letters


def test_names_are_escaped_and_the_repr_is_short():
    x, arrays = run(1)
    text = markup(x, arrays, features=["<b>", "a&b"], name='a"b')
    assert broken(text) == [] and "<b>" not in text.split("<script>")[0]
    assert {"<b>", "a&b"} <= set(Page(text).texts) and Page(text).ids == ['a"b']
    assert repr(stepper(x, **arrays, name="one")) == "stepper(name='one')"
