"""The figures of sentences of different lengths: what they draw is what PyTorch packs."""

import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

from lstm_from_scratch.teaching import lengths
from tests.support.drawings import assert_legible, strings, written

SENTENCES = [text.split() for text in (
    "good soup", "the bread was too old", "great", "we want more")]
PLANS = {"in random order": [[2, 5], [1, 3]], "by length": [[1, 2], [3, 5]]}
DRAWN = {
    "packing": lambda: lengths.packing(SENTENCES),
    "packing, two sentences": lambda: lengths.packing(SENTENCES[:2]),
    "batches": lambda: lengths.batches(PLANS),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_legible(name):
    figure = DRAWN[name]()
    figure.draw_without_rendering()
    assert figure.get_size_inches()[1] <= 6.2  # inches: about 600 px on the page
    assert_legible(figure)


def test_packing_draws_the_four_fields_of_pytorch():
    numbers = iter(range(100))
    rows = [torch.tensor([next(numbers) for _ in row]) for row in SENTENCES]
    word = dict(enumerate(w for row in SENTENCES for w in row))
    packed = pack_sequence(rows, enforce_sorted=False)
    figure = lengths.packing(SENTENCES)
    texts = strings(figure)
    count = len(packed.data)
    assert texts[-count:] == [word[k] for k in packed.data.tolist()]
    places = {a.get_text(): a.get_position() for a in written(figure)}
    shown = {}  # the numbers beside or below the name of a field
    for artist in written(figure):
        if artist.get_text().isdigit():
            shown.setdefault(round(artist.get_position()[0], 2), []).append(artist)
    left, right = sorted(shown)[0], sorted(shown)[-1]
    sides = [[int(a.get_text()) for a in shown[x]] for x in (left, right)]
    assert sides[0] == [0, 1, 2, 3, *packed.sorted_indices.tolist()]
    assert sides[1] == packed.unsorted_indices.tolist()
    y = places["batch_sizes"][1]
    sizes = [int(a.get_text()) for a in written(figure)
             if a.get_text().isdigit() and a.get_position()[1] == y]
    assert sizes == packed.batch_sizes.tolist()
    assert texts.count("pad") == 4 * 5 - count


def test_a_word_that_does_not_fit_is_noticed():
    """The negative control: neighbours would overlap."""
    with pytest.raises(AssertionError):
        assert_legible(lengths.packing([["strawberries", "everywhere"], ["great"]]))


def test_batches_are_filled_up_to_their_longest():
    figure = lengths.batches(PLANS)
    for ax, plan in zip(figure.axes, PLANS.values(), strict=True):
        full, own = ([bar.get_height() for bar in group] for group in ax.containers)
        assert own == [length for batch in plan for length in batch]
        assert full == [max(batch) for batch in plan for _ in batch]
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["in random order:\n31% padding", "by length:\n21% padding"]
