"""The explorer's first view and its numbers: those of the stored network, without a browser."""

import json
import re

import explorer
import numpy as np
import pytest
import quickjs
import torch

from recordings import train_surnames as training
from tests.support import explorer as torches
from tests.support.chapters import ROOT

LIMIT = 120_000  # bytes: scripts, styles and weights, not compressed
PAGE = explorer.page()
NUMBERS = explorer.numbers()
READ = """(text, name) => {
    const data = JSON.parse(text), net = model.load(data);
    return JSON.stringify(lstm.read(net, model.encode(data.alphabet, name))
        .map(({letter, language, c, h}) => [letter, language, c, h].map((one) => [...one])));
}"""


def by_the_script(name, numbers=NUMBERS):
    context = quickjs.Context()
    for path in explorer.SCRIPTS[:2]:
        context.eval(path.read_text("utf-8"))
    steps = json.loads(context.eval(READ)(json.dumps(numbers), name))
    return [torch.tensor([step[k] for step in steps], dtype=torch.float64) for k in range(4)]


@pytest.mark.parametrize("name", ["reinikainen", "van der velde", "ß"])
def test_the_script_computes_what_nn_lstm_computes(name):
    expected = torches.read(name, torches.network())
    torch.testing.assert_close(by_the_script(name), expected, rtol=0, atol=1e-10)


def test_tensors_in_another_order_are_seen():
    names = list(NUMBERS["shapes"])
    names[1:3] = reversed(names[1:3])  # weight_hh_l0 is read first
    wrong = NUMBERS | {"shapes": {name: NUMBERS["shapes"][name] for name in names}}
    expected = torches.read("anna", torches.network())[2]
    assert not torch.allclose(by_the_script("anna", wrong)[2], expected, atol=0.1)


def test_the_page_is_light():
    files = list(explorer.FOLDER.iterdir())
    assert len(files) == 5
    data = re.search(r'<script type="application/json">(.*)</script>', PAGE, re.DOTALL)[1]
    size = sum(path.stat().st_size for path in files) + len(data.encode())
    assert 60_000 < size < LIMIT


def test_it_needs_no_library_and_nothing_that_a_policy_or_a_folder_forbids():
    scripts = "".join(path.read_text("utf-8") for path in explorer.FOLDER.glob("*.js"))
    assert not re.search(r"\b(fetch|import|eval|Function|XMLHttpRequest)\s*\(", scripts)
    assert not re.search(r"https?://|WebAssembly|(?m:^(im|ex)port )", scripts + PAGE)
    assert not re.search(r"\son\w+=", PAGE.partition("application/json")[0])
    assert PAGE.count("</script>") == 1


def test_the_first_view_is_a_picture_and_a_table_of_the_name():
    assert PAGE.count("<svg") == 6 + len(NUMBERS["languages"]) + 1
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", PAGE)
    assert [letter for letter, _ in rows] == ["start", *NUMBERS["name"]]
    unit = NUMBERS["unit"]
    _, _, c, h = torches.read(NUMBERS["name"], torches.network())
    for t, (_, cells) in enumerate(rows):
        shown = [cell.replace("−", "-") for cell in re.findall("<td>(.*?)</td>", cells)]
        assert shown[5] == f"{c[t, unit]:.2f}" and shown[7] == f"{h[t, unit]:.2f}"


def test_the_numbers_are_those_of_the_file():
    kept = torches.STORED["perplexity_and_language_by_seed"][torches.STORED["seed"]]
    perplexity, right = torches.cost()
    assert abs(perplexity - kept["test"]) < 0.001 and abs(right - kept["language_test"]) < 0.001
    assert NUMBERS["trained"] == {"letters": kept["test"], "right": kept["language_test"]}
    assert kept["test"] < 0.9 * NUMBERS["ngrams"]["2"]  # what the page was allowed to be built for
    assert f"hesitates as if among {kept['test']:.1f} letters" in PAGE


def test_what_is_said_of_a_unit_was_measured():
    """Correlations by nn.LSTM, the cost of a unit by the equations written out in the support."""
    assert len(NUMBERS["about"]) == 32
    for unit in (NUMBERS["unit"], 28, 11):
        row = NUMBERS["about"][unit]
        c, known = [], []
        for _, name in torches.NAMES:
            c += torches.read(name, torches.network())[2][1:, unit].tolist() if unit == 28 else []
            known += training.properties(name).tolist() if unit == 28 else []
        if c:
            place = training.PROPERTIES.index(row["property"])
            assert abs(np.corrcoef(c, np.array(known)[:, place])[0, 1] - row["test"]) < 0.001
        assert abs(torches.cost(off=[unit])[0] - row["without"]) < 0.001
    strong = NUMBERS["about"][NUMBERS["unit"]]
    assert strong["validation"] >= 0.5 and strong["test"] >= 0.5  # the first one has a meaning


def test_properties_of_a_name():
    assert training.properties("de v")[:, :].tolist() == [
        [1, 1, 0, 0, 0, 1], [2, 2, 0, 1, 1, 0], [3, 0, 1, 0, 1, 0], [4, 1, 1, 0, 1, 1]]


def test_languages_by_counting():
    known, _, unseen = training.parts()
    found = training.languages_by_counting(known, unseen)
    assert found == torches.STORED["language_by_counting"]
    assert found["commonest"] < found["letters"] < found["n-grams"]


def test_what_the_page_says_below_is_still_so():
    text = (ROOT / "reference" / "explorer.md").read_text("utf-8")
    kept, counted = NUMBERS["trained"], torches.STORED["perplexity_of_ngrams"]["4"]
    numbers = sum(tensor.numel() for tensor in torches.WEIGHTS.values())
    for said in (f"{numbers:,} numbers", f"{torches.STORED['names']['training']:,} surnames",
                 f"{len(torches.NAMES)} other names", f"{kept['letters']:.1f} letters",
                 f"{counted['numbers']:,} counts", f"reaches {100 * kept['right']:.0f} %",
                 f"language of {100 * NUMBERS['counting']['n-grams']:.0f} %"):
        assert said in text
    assert abs(counted["test"] / kept["letters"] - 1) < 0.03  # "about the same"
