"""Which head for which task: what its figures draw, and that the sentences mean what is said."""

import calendar
import datetime

import figures
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch

from lstm_from_scratch.teaching import heads, phrases
from tests.support.drawings import assert_legible, strings

TIMES = np.arange(32) / 4
METHODS = ("last value", "linear", "LSTM, no rope", "LSTM")
WORDS = "in two thousand and five on the twenty third of july".split()


def forecasts():
    wave = np.cos(TIMES)
    guesses = {name: wave[12:] for name in METHODS[2:]}
    errors = {name: np.full(20, k + 1.0) for k, name in enumerate(METHODS)}
    return heads.forecasts(TIMES, wave[:12], wave[12:], guesses, errors)


def attention_map():
    weights = np.zeros((10, 11))
    weights[np.arange(10), np.arange(10)] = np.linspace(0.05, 0.95, 10)
    return heads.attention_map(weights, WORDS, list("2005-07-23"))


DRAWN = {
    "patterns": heads.patterns,
    "encoder_decoder": lambda: heads.encoder_decoder("may first two thousand".split(), "200"),
    "forecasts": forecasts,
    "attention_map": attention_map,
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_legible_and_fits_a_screen(name):
    figure = DRAWN[name]()
    assert_legible(figure)
    assert figure.get_size_inches()[1] < 6


def test_a_long_word_is_noticed():
    """The negative control: neighbours would overlap."""
    with pytest.raises(AssertionError):
        assert_legible(heads.encoder_decoder(["september", "seventeenth", "two", "may"], "2"))


def boxes(figure, colour):
    """The centres of the boxes with an edge of this colour."""
    for patch in figure.axes[0].patches:
        if isinstance(patch, FancyBboxPatch) and to_hex(patch.get_edgecolor()) == colour:
            (x, y), width, height = (patch.get_x(), patch.get_y()), patch.get_width(), patch
            yield round(x + width / 2, 2), round(y + height.get_height() / 2, 2)


def test_the_patterns_have_the_steps_of_their_names():
    figure = heads.patterns()
    counts = {colour: [0, 0, 0, 0] for colour in (heads.STEP, heads.INPUT, heads.ANSWER)}
    for colour, found in counts.items():
        for x, y in boxes(figure, colour):
            if y < 5.2:  # below the legend
                found[2 * (y < 2.6) + (x > 3.5)] += 1
    assert counts[heads.STEP] == [4, 4, 4, 6]
    assert counts[heads.INPUT] == [4, 4, 1, 2]
    assert counts[heads.ANSWER] == [1, 4, 4, 4]
    assert [strings(figure).count(name) for name in ("encoder", "decoder")] == [1, 1]


def test_the_decoder_reads_what_it_wrote():
    texts = strings(heads.encoder_decoder(["may", "two"], "20"))
    assert texts.count("<") == 1 and texts.count("2") == 2 and texts.count("0") == 1


def test_forecasts_draw_the_errors_that_they_get():
    top, bottom = forecasts().axes
    assert [line.get_ydata()[0] for line in bottom.lines] == [1, 2, 3, 4]
    colours = {line.get_label(): line.get_color() for line in bottom.lines}
    drawn = [line.get_color() for line in top.lines[2:4]]
    assert drawn == [colours["LSTM, no rope"], colours["LSTM"]]


def test_the_map_writes_the_weights_into_its_fields():
    texts = strings(attention_map())
    assert "95" in texts and "5" not in [text for text in texts if text not in "2005-07-23"]


@pytest.fixture(scope="module")
def reviews():
    return phrases.reviews(count=400, seed=3)


def test_the_clause_that_counts_decides(reviews):
    for words, content, tags in reviews:
        first, second = (tag for tag in tags if tag)
        assert {first, second} == {phrases.PRAISED, phrases.BLAMED}
        counts = first if "although" in words[1:] else second
        assert content == (counts == phrases.PRAISED)
        good = [word in phrases.GOOD for word in words if word in phrases.GOOD + phrases.BAD]
        assert good == [first == phrases.PRAISED, second == phrases.PRAISED]
        assert len(words) == len(tags)
        assert all((tag > 0) == (word in phrases.NOUNS)
                   for word, tag in zip(words, tags, strict=True))


def test_the_same_words_occur_with_both_classes():
    """Counting words cannot tell the classes apart."""
    found = {}
    for words, content, _ in phrases.reviews(count=8000, seed=0):
        found.setdefault(tuple(sorted(words)), []).append(content)
    often = [classes for classes in found.values() if len(classes) >= 4]
    assert len(often) > 20
    assert sum(len(set(classes)) == 2 for classes in often) > 0.75 * len(often)


def test_no_sentence_occurs_twice(reviews):
    assert len({" ".join(words) for words, _, _ in reviews}) == len(reviews)
    dates = phrases.dates(count=500, seed=1)
    assert len({date for _, date in dates}) == len({" ".join(words) for words, _ in dates}) == 500


def test_the_same_seed_gives_the_same_sentences(reviews):
    assert phrases.reviews(count=400, seed=3) == reviews != phrases.reviews(count=400, seed=4)
    assert phrases.dates(5, 0) == phrases.dates(5, 0) != phrases.dates(5, 1)


VALUES = {name: k for k, name in enumerate(phrases.ONES)} | {
    name: 10 * k + 20 for k, name in enumerate(phrases.TENS)}


def value(words):
    return sum(VALUES[word] for word in words)


def test_names_of_numbers_add_up():
    names = [phrases.number_name(number) for number in range(100)]
    assert [value(name.split()) for name in names] == list(range(100))
    assert names[0] == "zero" and names[13] == "thirteen" and names[90] == "ninety"


def test_ordinals():
    found = {number: phrases.ordinal(number) for number in (1, 2, 3, 5, 8, 9, 12, 20, 21, 30)}
    assert found == {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth",
                     12: "twelfth", 20: "twentieth", 21: "twenty first", 30: "thirtieth"}


@pytest.mark.parametrize("year, name", [
    (1900, "nineteen hundred"), (1904, "nineteen oh four"), (1910, "nineteen ten"),
    (2000, "two thousand"), (2009, "two thousand and nine"), (2010, "twenty ten"),
    (2049, "twenty forty nine")])
def test_names_of_years(year, name):
    assert phrases.year_name(year) == name


def test_names_of_years_differ():
    names = {phrases.year_name(year) for year in range(1900, 2100)}
    assert len(names) == 200


def test_dates_exist_and_their_words_say_them():
    days = {phrases.ordinal(day): day for day in range(1, 32)}
    for words, date in phrases.dates(count=600, seed=2):
        day = datetime.date.fromisoformat(date)
        text = " ".join(words)
        assert phrases.MONTHS[day.month - 1] in words and phrases.year_name(day.year) in text
        longest = max((name for name in days if name in text), key=len)
        assert days[longest] == day.day
    assert [name.lower() for name in calendar.month_name[1:]] == phrases.MONTHS


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_the_fields_of_the_map_are_pale_enough_for_the_dark_theme(weight):
    figure = heads.attention_map(np.full((1, 1), weight), ["may"], ["5"])
    (field,) = figure.axes[0].patches
    fill = figures.adapted(to_hex(field.get_facecolor()), figures.GRAPHIC, "dark")
    ground = {"var(--pst-color-background)": "#121212"}.get(fill, fill)
    assert figures.contrast(ground, "#ced6dd") >= 4.5
