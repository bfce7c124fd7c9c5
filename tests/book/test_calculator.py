"""The shape calculator's script, run by QuickJS as in the build, against `torch.nn.LSTM`."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
import torch
from configurations import BASE, IMPOSSIBLE, WARNED, configurations, error, run, truth, warning

from lstm_from_scratch import errors, shapes

ROOT = Path(__file__).resolve().parents[2]
import calculator  # noqa: E402

RELEASE = tuple(int(n) for n in torch.__version__.split(".")[:2])


def shown(fields, rules=None):
    """The results in the page's text, by name, as `configurations.truth` gives them."""
    answer = json.loads(calculator.engine()(rules or calculator.rules(), json.dumps(fields)))
    results = dict(re.findall(r'<(?:td|dd) data-result="(\w+)">([^<]*)<', answer["results"]))
    rows = re.findall(
        r"<tr>\s*<th[^>]*><code>(\w+)</code></th>\s*<td[^>]*>([^<]*)</td>\s*<td>[^<]*</td>\s*"
        r"<td>([^<]*)</td>",
        answer["weights"],
    )
    return results | {"weights": rows}


def differences(fields, rules=None):
    found, expected = shown(fields, rules), truth(fields)
    return {name: (found.get(name), value) for name, value in expected.items()
            if found.get(name) != value}


def test_a_hundred_random_configurations():
    drawn = list(configurations(100))
    assert sum(fields["N"] == "" for fields in drawn) > 10
    for fields in drawn:
        assert differences(fields) == {}, fields


def test_it_follows_the_rules_and_no_copy_of_them():
    rules = json.loads(calculator.rules())
    rules["PARAMETERS"][1][1] = rules["PARAMETERS"][1][2] = ["4*H_cell", "H_cell"]
    fields = BASE | {"proj_size": "3"}
    assert set(differences(fields, json.dumps(rules))) >= {"weights", "parameters"}
    assert differences(fields) == {}


@pytest.mark.parametrize("change", IMPOSSIBLE, ids=str)
def test_the_errors_are_those_of_pytorch(change):
    fields = BASE | change
    answer = calculator.answer(fields)
    assert answer["error"] and not (answer["results"] or answer["weights"] or answer["code"])
    assert answer["fields"] and set(answer["fields"]) <= set(change)
    expected = error(fields)
    assert expected is not None
    if RELEASE == (2, 13):  # other releases have other texts
        assert answer["error"] == expected


def test_every_refusal_of_the_rules_is_met():
    said = {calculator.answer(BASE | change)["error"] for change in IMPOSSIBLE}
    for *_, kind, text in errors.REFUSALS:
        pattern = re.sub(r"\\{\w+\\}", ".*", re.escape(f"{kind}: {text}"))
        assert any(re.fullmatch(pattern, one) for one in said), text


@pytest.mark.parametrize("dropout", WARNED)
def test_the_warning_is_that_of_pytorch(dropout):
    fields = BASE | {"dropout": dropout}
    assert calculator.answer(fields)["warning"] == warning(fields) != ""
    fields |= {"num_layers": "2"}
    assert calculator.answer(fields)["warning"] == warning(fields) == ""


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
        found = shown(fields)
        for name, held in (("memory", lstm.parameters()), ("memory_call", tensors.values())):
            total = sum(tensor.numel() * tensor.element_size() for tensor in held)
            assert re.fullmatch(rf"{total:,} bytes( \([\d.]+ [KM]iB\))?", found[name])
    for hidden, text in ((20, "10,240 bytes (10 KiB)"), (3, "720 bytes"), (1000, "(15.4 MiB)")):
        assert text in shown(BASE | {"hidden_size": str(hidden)})["memory"]


def test_what_is_missing_on_the_page_is_said_in_our_words():
    for change in ({"L": ""}, {"L": "1.5"}, {"N": "2.5"}, {"N": "x"}):
        answer = calculator.answer(BASE | change)
        assert answer["error"] and answer["ours"]


def test_sizes_beyond_what_a_float_holds_are_exact():
    fields = BASE | {"input_size": "123456789", "hidden_size": "987654321"}
    expected = 4 * 987654321 * (123456789 + 987654321 + 2)
    assert shown(fields)["parameters"] == str(expected)
    fields = BASE | {"num_layers": "1000000"}
    assert shown(fields)["parameters"] == str(2560 + 999_999 * 4 * 20 * 42)
    assert shown(fields)["weights"][-1][0] == "bias_hh_l999999"


def test_the_page_has_the_first_results_without_its_script():
    page = calculator.page()
    expected = truth(calculator.first())
    for name in ("input", "h_0", "c_0", "output", "h_n", "c_n", "parameters"):
        assert f'data-result="{name}">{expected[name]}<' in page
    assert "assert output.shape == (5, 3, 20)" in unescape(page)
    rules = re.search(r'id="calculator-rules">(.*?)</script>', page)[1]
    assert json.loads(rules) == json.loads(calculator.rules())


def test_the_form_has_every_argument_with_pytorchs_default():
    fields = calculator.first()
    for name, standard in shapes.ARGUMENTS.items():
        assert standard is None or fields[name] in (standard, str(standard)), name
    assert set(fields) == {*shapes.ARGUMENTS, "L", "N", "dtype"}
