"""Why memory?: its tiny grammar, the stored LSTM, the program that trained it, and its figures."""

import collections
import json

import numpy as np
import pytest
import torch

from lstm_from_scratch import LSTM
from lstm_from_scratch.teaching import agreement, memory
from lstm_from_scratch.teaching.files import repository_file
from recordings import train_agreement
from tests.support.drawings import assert_legible, strings

STORED = json.loads(repository_file("chapters/data/agreement_lstm.json").read_text("utf-8"))
SENTENCE = ["the", "keys", "near", "the", "door", "___", "."]


@pytest.mark.parametrize("phrases", [0, 1, 2])
def test_every_choice_of_phrases_stands_once_with_each_subject(phrases):
    sentences = agreement.sentences(phrases)
    assert {len(sentence) for sentence in sentences} == {4 + 3 * phrases}
    assert {word for sentence in sentences for word in sentence} <= set(agreement.VOCABULARY)
    verbs = collections.defaultdict(list)
    for sentence in sentences:
        verbs[tuple(sentence[2:])].append(agreement.verb(sentence))
    assert len(verbs) == 8**phrases
    for found in verbs.values():  # so behind the subject nothing tells the verb
        assert sorted(found) == 3 * ["are"] + 3 * ["is"]


def test_a_sentence_is_there_and_its_verb_is_that_of_the_subject():
    assert SENTENCE in agreement.sentences(1)
    assert agreement.verb(SENTENCE) == "are"
    assert agreement.verb(["the", "key", "near", "the", "doors", "___", "."]) == "is"


def tensors(stored):
    return {name: torch.tensor(values) for name, values in stored.items()}


def stored_lstm(**changes):
    """Fill an LSTM with the stored weights, some of them changed."""
    lstm = LSTM(len(agreement.VOCABULARY), 1)
    weights = {**tensors(STORED["weights"]), **changes}
    with torch.no_grad():
        lstm.bias_hh_l0.zero_()
        for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0"):
            getattr(lstm, name).copy_(weights[name])
    return lstm, weights["head"]


def share_right(lstm, head, phrases):
    """Return the share of sentences at whose gap the answer has the right sign."""
    sentences = agreement.sentences(phrases)
    x = torch.stack([train_agreement.one_hot(sentence) for sentence in sentences], dim=1)
    with torch.no_grad():
        answers = (lstm(x)[0] @ head.T)[-2, :, 0]
    are = torch.tensor([agreement.verb(sentence) == "are" for sentence in sentences])
    return ((answers > 0) == are).double().mean().item()


@pytest.mark.parametrize("phrases", [0, 1, 2, 3])
def test_the_stored_lstm_answers_every_sentence(phrases):
    assert list(agreement.VOCABULARY) == STORED["vocabulary"]
    assert share_right(*stored_lstm(), phrases) == 1


@pytest.mark.parametrize("phrases", [0, 1, 2])
def test_the_lstm_without_the_cost_answers_as_well(phrases):
    assert share_right(*stored_lstm(**tensors(STORED["weights_without_cost"])), phrases) == 1


def test_without_its_forget_gate_it_does_not():
    bias = torch.tensor(STORED["weights"]["bias_ih_l0"])
    bias[1] = -20.0  # f = 0
    assert share_right(*stored_lstm(bias_ih_l0=bias), 2) < 0.6


def test_the_program_trains_what_it_writes(tmp_path, monkeypatch):
    path = tmp_path / "data" / "weights.json"
    for name, value in {"WEIGHTS": path, "STEPS": 3, "SEEDS": range(1), "N": 4}.items():
        monkeypatch.setattr(train_agreement, name, value)
    train_agreement.main()
    written_now = json.loads(path.read_text("utf-8"))
    assert written_now.keys() == STORED.keys()
    for name, value in STORED["weights"].items():
        assert np.shape(written_now["weights"][name]) == np.shape(value)
    measured = written_now["right_answers_by_phrases"]
    assert measured.keys() == STORED["right_answers_by_phrases"].keys()
    assert all(0 <= share <= 1 for runs in measured.values() for share in runs[0].values())


def test_the_loop_of_the_program_is_an_lstm():
    lstm, _ = stored_lstm()
    x, _ = train_agreement.batches(seed=0, count=5)
    weights = tensors(STORED["weights"])
    with torch.no_grad():
        torch.testing.assert_close(train_agreement.lstm_run(x, weights)[0], lstm(x)[0])


def test_targets_stand_at_the_gaps_alone():
    x, y = train_agreement.batches(seed=0, count=20)
    gaps = x[:, :, agreement.VOCABULARY.index("___")] == 1
    assert torch.equal(y != 0, gaps) and set(y[gaps].tolist()) == {-1.0, 1.0}


VALUES = {key: np.linspace(0.0, 1.0, 7) for key in "ifoch"}
DRAWN = {
    "unrolled": (lambda: memory.unrolled(SENTENCE[:5]), SENTENCE[:5]),
    "gates_over_words": (lambda: memory.gates_over_words(SENTENCE, VALUES), SENTENCE),
    "over_steps": (lambda: memory.over_steps({k: VALUES["c"] for k in "abcd"}), list("abcd")),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_says_what_it_should_and_is_legible(name):
    draw, words = DRAWN[name]
    figure = draw()
    assert set(words) <= set(strings(figure))
    assert_legible(figure)


def test_bars_and_lines_are_the_numbers_given():
    axes = memory.gates_over_words(SENTENCE, VALUES).axes
    for ax, key in zip(axes, "ifoch", strict=True):
        assert [bar.get_height() for bar in ax.patches] == list(VALUES[key])
    lines = memory.over_steps({"a": VALUES["c"], "b": -VALUES["c"]}).axes[0].lines
    assert np.array_equal(lines[0].get_ydata(), VALUES["c"])
    assert np.array_equal(lines[1].get_ydata(), -VALUES["c"])
