"""The shape calculator in a browser, against `torch.nn.LSTM`."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest

from tests.support import looking
from tests.support.configurations import BASE, IMPOSSIBLE, configurations, error, truth, warning
from tests.support.releases import IS_PINNED

PAGE = "reference/shape_calculator.html"

FILL = """fields => { for (const [name, value] of Object.entries(fields)) {
    const field = document.querySelector(`form.calc-form [name="${name}"]`);
    if (typeof value === "boolean") field.checked = value; else field.value = value;
  }
  document.querySelector("form.calc-form input").dispatchEvent(
    new Event("input", {bubbles: true})); }"""

READ = """() => {
  const results = {};
  for (const element of document.querySelectorAll("[data-result]"))
    results[element.dataset.result] = element.textContent;
  results.weights = [...document.querySelectorAll("[data-result=weights] tbody tr")].map(row => {
    const [name, shape, , count] = [...row.cells].map(cell => cell.textContent);
    return [name, shape, count]; });
  return results; }"""


@pytest.fixture
def calculator(opened, address):
    """A function: the page, opened with the fields in its address, or text as it stands."""

    def visit(fields="", where=address, **options):
        query = fields if isinstance(fields, str) else urlencode(fields)
        return opened(f"{where}{PAGE}?{query}".rstrip("?"), **options)

    return visit


def differences(page, fields):
    results = page.evaluate(READ)
    expected = truth(fields)
    expected["weights"] = [list(row) for row in expected["weights"]]
    return {name: (results.get(name), value) for name, value in expected.items()
            if results.get(name) != value}


def test_a_hundred_random_configurations(calculator):
    page = calculator().page
    for fields in configurations(100, seed=2):
        page.evaluate(FILL, fields)
        assert differences(page, fields) == {}, fields
    fields["hidden_size"] = str(int(fields["hidden_size"]) + 1)
    assert differences(page, fields) != {}


def test_a_shared_link_opens_with_its_results(calculator):
    for fields in configurations(4, seed=3):
        assert differences(calculator(fields).page, fields) == {}
    page = calculator("input_size=10&hidden_size=20&bidirectional=true").page
    assert differences(page, BASE | {"bidirectional": True}) == {}
    assert page.locator('[data-result="h_0"]').inner_text() == "(2, 3, 20)"


def test_the_address_bar_holds_the_state(calculator, opened):
    visit = calculator()
    page = visit.page
    assert page.url == visit.url
    page.get_by_label("bidirectional").check()
    page.get_by_label("num_layers").fill("2")
    page.get_by_label("bias").uncheck()
    page.locator('[name="N"]').fill("")
    query = parse_qs(urlsplit(page.url).query, keep_blank_values=True)
    assert query == {"N": [""], "bidirectional": ["true"], "num_layers": ["2"],
                     "bias": ["false"]}
    fields = BASE | {"bidirectional": True, "num_layers": "2", "bias": False, "N": ""}
    assert differences(page, fields) == differences(opened(page.url).page, fields) == {}


def test_an_impossible_choice_gets_pytorchs_words(calculator):
    page = calculator().page
    message = page.locator(".calc-message")
    for change in IMPOSSIBLE:
        page.evaluate(FILL, BASE | change)
        if IS_PINNED:
            assert message.inner_text() == f"PyTorch says {error(BASE | change)}"
        # The last valid results stay, and say that they are of another choice.
        assert message.inner_text() and differences(page, BASE) == {}
        assert page.locator(".calc-says").inner_text().startswith("The last valid choice: output")
        marked = page.locator("input[aria-invalid=true]")
        assert marked.count() > 0
        assert marked.first.locator("xpath=../following-sibling::*[1]").inner_text() == (
            message.inner_text())
        assert marked.first.evaluate("e => getComputedStyle(e).borderTopWidth") == "2px"
    page.evaluate(FILL, BASE)
    assert page.locator("[aria-invalid=true]").count() == 0
    assert message.inner_text() == "" and differences(page, BASE) == {}
    assert "last valid" not in page.locator(".calc-says").inner_text()
    fields = BASE | {"dropout": "0.5"}
    page.evaluate(FILL, fields)
    assert message.inner_text() == f"PyTorch warns {warning(fields)}"
    assert differences(page, fields) == {}


def test_the_last_valid_result_is_pale_and_can_be_read(calculator, accessibility):
    page = calculator(BASE | {"num_layers": "2"}).page
    colours = """() => ["td .axis", "td", "pre", ".calc-says"].map(
        part => getComputedStyle(document.querySelector(`.calculator ${part}`)).color)"""
    axis, cell, code, says = page.evaluate(colours)
    page.evaluate(FILL, {"hidden_size": "0"})
    pale = page.evaluate(colours)
    assert pale[0] == pale[1] == pale[2] not in (axis, cell, code) and pale[3] == says
    page.evaluate(FILL, {"hidden_size": "20"})
    assert page.evaluate(colours) == [axis, cell, code, says]
    page.evaluate(FILL, {"hidden_size": "0"})
    assert accessibility(page) == []  # it leaves the page narrow


@pytest.mark.parametrize("wrong", ("input_size=abc", "dtype=int3", "dtype=",
                                   "bias=%3Cb%3E", "L=%3Cb%3E", "N=Infinity"))
def test_an_address_of_nonsense_does_no_harm(calculator, wrong):
    visit = calculator(wrong)
    assert differences(visit.page, BASE) == {}
    assert visit.console == [] and visit.page.locator(".calculator b").count() == 0
    name = wrong.partition("=")[0]
    assert f"cannot read: {name}=" in visit.page.locator(".calc-address").inner_text()


def test_the_code_is_copied_as_it_is_now(calculator):
    visit = calculator(permissions=["clipboard-read", "clipboard-write"])
    visit.page.evaluate(FILL, {"hidden_size": "7"})
    visit.page.locator(".calc-code").hover()
    visit.page.locator(".calc-code button.copybtn").click()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert "hidden_size=7," in copied
    exec(copied, {})


@pytest.mark.parametrize("change", ({"num_layers": "3", "bidirectional": True, "proj_size": "3"},
                                    {"proj_size": "30"}, {"dropout": "0.5"}), ids=str)
def test_every_state_is_accessible(calculator, accessibility, change):
    page = calculator(BASE | change).page
    assert looking.unreached(page) == [] and looking.mouse_only(page) == []
    assert accessibility(page) == []


def test_without_javascript_it_shows_the_first_configuration(calculator):
    page = calculator(java_script_enabled=False).page
    for name in ("input", "h_0", "c_0", "output", "h_n", "c_n", "parameters"):
        element = page.locator(f'[data-result="{name}"]')
        assert element.is_visible() and element.inner_text() == truth(BASE)[name]
    assert page.locator(".calculator input:visible").count() == 0


def test_it_works_from_a_plain_folder(calculator, folder):
    fields = BASE | {"num_layers": "2"}
    visit = calculator(fields, where=folder)
    visit.page.get_by_label("bidirectional").check()
    assert visit.console == []
    assert differences(visit.page, fields | {"bidirectional": True}) == {}


def test_no_other_page_loads_it(address, name):
    with urlopen(address + name) as page:
        files = re.findall(r"_static/(calculator[\w.]+)", page.read().decode())
    expected = {PAGE: ["calculator.css", "calculator.js", "calculator_page.js"],
                "index.html": ["calculator.js"]}  # whose rules draw the cover's picture
    assert sorted(files) == expected.get(name, [])
