"""The shape calculator's script, run by QuickJS as in the build, against `torch.nn.LSTM`."""

import json
import re
from html import unescape

import axes
import calculator
import pytest
import torch

from tests.support.configurations import (
    BASE,
    IMPOSSIBLE,
    WARNED,
    configurations,
    error,
    run,
    truth,
    warning,
)
from tests.support.releases import IS_PINNED

RULES = calculator.rules()


def plain(html):
    """Return HTML without the colours of axes."""
    return re.sub(r'<span class="axis axis-\w+">([^<]*)</span>', r"\1", html)


def shown(fields, rules=None):
    """Return the results in the page's text, by name, as `configurations.truth` gives them."""
    answer = calculator.answer(fields, rules)
    results = dict(re.findall(r'<td data-result="(\w+)">([^<]*)<', plain(answer["results"])))
    rows = plain(answer["weights"]).split("<tr>")[2:]
    cells = (re.findall(r"<(?:code|td[^>]*)>([^<]*)<", row) for row in rows)
    weights = [(name, shape, count) for name, shape, _, count, _ in cells]
    return results | {"weights": weights}


def differences(fields, rules=None):
    results, expected = shown(fields, rules), truth(fields)
    return {name: (results.get(name), value) for name, value in expected.items()
            if results.get(name) != value}


def test_a_hundred_random_configurations():
    drawn = list(configurations(100))
    assert sum(fields["N"] == "" for fields in drawn) > 10
    for fields in drawn:
        assert differences(fields) == {}, fields


def test_it_follows_the_rules_and_no_copy_of_them():
    rules = json.loads(json.dumps(RULES))
    rules["PARAMETERS"][1][1] = rules["PARAMETERS"][1][2] = ["4*H_cell", "H_cell"]
    fields = BASE | {"proj_size": "3"}
    assert set(differences(fields, rules)) >= {"weights", "parameters"}
    assert differences(fields) == {}


@pytest.mark.parametrize("change", IMPOSSIBLE, ids=str)
def test_the_errors_are_those_of_pytorch(change):
    fields = BASE | change
    answer = calculator.answer(fields)
    assert answer["message"] and not (answer["results"] or answer["weights"] or answer["code"])
    assert answer["wrong"] and set(answer["wrong"]) <= set(change)
    expected = error(fields)
    assert expected is not None
    if IS_PINNED:
        assert answer["message"] == f"PyTorch says {expected}"


def test_every_refusal_of_the_rules_is_met():
    messages = {calculator.answer(BASE | change)["message"] for change in IMPOSSIBLE}
    for *_, error_type, text in RULES["REFUSALS"]:
        pattern = re.sub(r"\\{\w+\\}", ".*", re.escape(f"PyTorch says {error_type}: {text}"))
        assert any(re.fullmatch(pattern, message) for message in messages), text


@pytest.mark.parametrize("dropout", WARNED)
def test_the_warning_is_that_of_pytorch(dropout):
    fields = BASE | {"dropout": dropout}
    assert warning(fields)
    assert calculator.answer(fields)["message"] == f"PyTorch warns {warning(fields)}"
    fields |= {"num_layers": "2"}
    assert calculator.answer(fields)["message"] == warning(fields) == ""


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
def test_the_code_runs_and_says_the_truth():
    for fields in [*configurations(20, seed=1), BASE | {"dropout": "0.00001"}]:
        code = calculator.answer(fields)["code"]
        exec(code, {})
    with pytest.raises(AssertionError):
        exec(code.replace("h_n.shape == (1", "h_n.shape == (2"), {})


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
def test_the_memory_is_that_of_the_tensors():
    for fields in configurations(10, seed=4):
        lstm, tensors = run(fields)
        for name, held in (("memory", lstm.parameters()), ("memory_call", tensors.values())):
            total = sum(tensor.numel() * tensor.element_size() for tensor in held)
            assert shown(fields)[name] == f"{total:,}"


def test_the_memory_of_each_dtype():
    for name, size in RULES["BYTES"].items():
        assert getattr(torch, name).itemsize == size
        assert shown(BASE | {"dtype": name})["memory"] == f"{2560 * size:,}"


BAD_SIZE = {
    "L": "L must be a whole number, the sequence length.",
    "N": "N must be a whole number, the batch size, or empty.",
}


@pytest.mark.parametrize("change", ({"L": ""}, {"L": "1.5"}, {"N": "2.5"}, {"N": "x"}), ids=str)
def test_a_wrong_size_of_the_input_is_refused_in_our_words(change):
    answer = calculator.answer(BASE | change)
    assert answer["wrong"] == [*change] and not answer["results"]
    assert answer["message"] == BAD_SIZE[answer["wrong"][0]]


def test_large_numbers_are_exact_or_refused():
    fields = BASE | {"input_size": "12345678", "hidden_size": "9876543", "L": "1", "N": "1"}
    expected = 4 * 9876543 * (12345678 + 9876543 + 2)
    assert shown(fields)["parameters"] == f"{expected:,}"
    answer = calculator.answer(fields | {"hidden_size": "987654321"})
    assert "too large" in answer["message"] and not answer["results"]


def test_of_many_layers_the_first_are_listed_and_all_are_counted():
    fields = BASE | {"num_layers": "1000000"}
    answer = calculator.answer(fields)
    assert shown(fields)["parameters"] == f"{2560 + 999_999 * 4 * 20 * 42:,}"
    assert answer["weights"].count("<tr>") < 1000
    assert "Every further layer" in answer["weights"]
    assert "Every further layer" not in calculator.answer(BASE)["weights"]


def test_each_parameter_names_its_row_of_h_n():
    weights = calculator.answer(BASE | {"num_layers": "2", "bidirectional": True})["weights"]
    rows = dict(re.findall(r"<code>weight_hh(\w+)<.*?<td>(\d+)</td></tr>", weights, flags=re.S))
    assert rows == {"_l0": "0", "_l0_reverse": "1", "_l1": "2", "_l1_reverse": "3"}


def test_the_page_has_the_first_results_without_its_script():
    page = plain(calculator.page())
    expected = truth(calculator.first())
    for name in ("input", "h_0", "c_0", "output", "h_n", "c_n", "parameters"):
        assert f'data-result="{name}">{expected[name]}<' in page
    assert "assert output.shape == (5, 3, 20)" in unescape(page)
    rules = re.search(r'id="calculator-rules">(.*?)</script>', page)[1]
    assert json.loads(rules) == json.loads(json.dumps(RULES))


def test_the_form_has_every_argument_with_pytorchs_default():
    fields = calculator.first()
    for name, standard in RULES["ARGUMENTS"].items():
        assert standard is None or type(standard)(fields[name]) == standard, name
    assert set(fields) == {*RULES["ARGUMENTS"], "L", "N", "dtype"}


def test_axes_have_the_colours_of_their_kinds():
    """As site/extensions/axes.py says for the same letters, in every tensor and parameter."""
    answer = calculator.answer(BASE | {"proj_size": "3", "num_layers": "2"})
    shapes = re.findall(r"<td>\((.*?),?\)</td>", answer["results"] + answer["weights"])
    found = [re.findall(r'axis-(\w+)">([^<]*)<', shape) for shape in shapes]
    assert len(found) == 6 + 10 and all(found)
    for kind, letters in sum(found, []):
        assert kind == axes.kind(letters), letters
