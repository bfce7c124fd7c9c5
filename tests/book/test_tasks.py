"""The data of the tasks: the class is where it should be, and nowhere else."""

import pytest
import torch

from lstm_from_scratch.teaching import tasks


@pytest.fixture
def data():
    return tasks.first_symbol(20, 500, 4, torch.Generator().manual_seed(0))


def fitted(x, y):
    """Return the accuracy of the best linear map from features to classes, on the data it fits.

    Args:
        x: (N, H).
        y: (N).
    """
    x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
    targets = torch.nn.functional.one_hot(y).to(x)
    guess = x @ torch.linalg.lstsq(x, targets, driver="gelsd").solution
    return (guess.argmax(1) == y).double().mean().item()


def test_shapes_and_classes(data):
    x, y = data
    assert x.shape == (20, 500, 5) and y.shape == (500,)
    assert set(y.tolist()) == {0, 1, 2, 3}
    assert torch.bincount(y).min() > 80  # 125 expected: nearly equally likely


def test_the_class_stands_at_step_0_alone(data):
    x, y = data
    assert torch.equal(x[0, :, :4].argmax(1), y) and torch.equal(x[0].sum(1), torch.ones(500))
    assert x[1:, :, :4].abs().max() == 0
    assert x[1:, :, 4].std() > 0.9 and x[1:, :, 4].abs().min() > 0
    assert fitted(x[0], y) == 1
    assert fitted(x[1:].transpose(0, 1).flatten(1), y) < 0.5  # 0.25, and some luck


def test_a_leak_would_be_seen(data):
    x, y = data
    x[7, :, 4] += 10 * y  # the class, smuggled into the noise
    assert fitted(x[1:].transpose(0, 1).flatten(1), y) > 0.6


def test_the_generator_decides():
    first, again, other = (
        tasks.first_symbol(5, 8, 4, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_one_step_is_the_symbol_alone():
    x, _ = tasks.first_symbol(1, 3, 2)
    assert x.shape == (1, 3, 3) and x[:, :, 2].abs().max() == 0


def test_inside_begins_at_an_opening_bracket_and_ends_at_the_closing_one():
    tokens, inside = tasks.inside_brackets(30, 200, torch.Generator().manual_seed(0))
    assert tokens.shape == inside.shape == (30, 200)
    assert set(tokens.flatten().tolist()) == set(range(len(tasks.SYMBOLS)))
    for column, expected in zip(tokens.T.tolist(), inside.T.tolist(), strict=True):
        is_open, seen = 0, []
        for symbol in (tasks.SYMBOLS[token] for token in column):
            assert symbol != (")", "(")[is_open]  # none closes twice, none opens twice
            is_open = {"(": 1, ")": 0}.get(symbol, is_open)
            seen.append(is_open)
        assert seen == expected


def test_a_letter_says_nothing_about_the_brackets():
    tokens, inside = tasks.inside_brackets(50, 2000, torch.Generator().manual_seed(0))
    inside = inside.double()
    share = inside[tokens < 8].mean()
    for letter in range(8):
        assert abs(inside[tokens == letter].mean() - share) < 0.03
