"""The explorer in a browser: its numbers are PyTorch's, whatever one does to the network."""

import pytest
import torch

from tests.support import explorer as torches
from tests.support import looking

PAGE = "reference/explorer.html"
READ = """names => {
    const data = JSON.parse(document.querySelector(".explorer script").textContent);
    const net = model.load(data);
    return names.map((name) => lstm.read(net, model.encode(data.alphabet, name))
        .map(({letter, language, c, h}) => [letter, language, c, h].map((one) => [...one])));
}"""
DRAWN = ".ex-languages .ex-row"


def ready(page):
    page.wait_for_selector('.explorer[data-ready="true"]')
    return page


def measured(page):
    """Wait for the measurement of the last change; return the letters and the share of right."""
    page.wait_for_selector('.explorer[data-measured="true"]')
    letters, right = page.locator(".ex-meter > strong").all_inner_texts()
    return float(letters.split()[0]), int(right.split()[0])


def shares(page, rows=DRAWN):
    return dict(page.eval_on_selector_all(rows, """all => all.map(row => [
        row.querySelector("span").innerText, row.querySelector(".ex-share").innerText])"""))


def percent(p):
    """As the page writes it, with its no-break space."""
    space = "\N{NO-BREAK SPACE}"
    if p < 0.001:
        return f"<0.1{space}%"
    return f"{100 * p:.1f}{space}%" if p < 0.0995 else f"{int(100 * p + 0.5)}{space}%"


def says(page, part=".ex-says"):
    return page.locator(part).inner_text().replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def fresh(opened, address):
    return ready(opened(address + PAGE).page)


@pytest.fixture(scope="module")
def shared(browser, address):
    visit = looking.Visit(browser, address + PAGE)
    yield ready(visit.page)
    visit.close()


@pytest.fixture
def page(shared):
    """One page for all tests that harm or type: before each, what the last one did is undone."""
    undo = shared.locator('[data-key="undo"]')
    if undo.is_visible():
        undo.click()
    shared.locator("#ex-name").fill("reinikainen")
    shared.locator("#ex-unit").select_option("0")
    assert measured(shared) == (9.2, 61)
    return shared


def test_a_hundred_words_agree_with_pytorch(page):
    words = torches.words()
    assert len(words) == 100 and max(map(len, words)) >= 15
    found = page.evaluate(READ, words)
    for net, tolerance in ((torches.network(torch.float32), 1e-5), (torches.network(), 1e-9)):
        furthest = 0.0
        for word, steps in zip(words, found, strict=True):
            for k, expected in enumerate(torches.read(word, net)):
                shown = torch.tensor([step[k] for step in steps], dtype=torch.float64)
                if k < 2:  # scores; the page shows probabilities
                    shown, expected = shown.softmax(dim=1), expected.double().softmax(dim=1)
                else:
                    shown, expected = shown.tanh(), expected.double().tanh()  # c may be large
                furthest = max(furthest, (shown - expected).abs().max().item())
        assert furthest < tolerance
    other = torches.read(words[1], torches.network())[1].softmax(dim=1)
    first = torch.tensor([step[1] for step in found[0]], dtype=torch.float64).softmax(dim=1)
    assert (first[-1] - other[-1]).abs().max() > 1e-3  # another word is another answer


@pytest.mark.parametrize("word", ["valtonen", "de vries", "müller"])
def test_what_is_typed_is_what_pytorch_reads(page, word):
    page.locator("#ex-name").fill("")
    for k, letter in enumerate(word, 1):
        page.locator("#ex-name").press_sequentially(letter)
        letters, languages, _, _ = torches.read(word[:k], torches.network())
        p = languages[-1].softmax(dim=0).tolist()
        assert shares(page) == dict(zip(torches.LANGUAGES, map(percent, p), strict=True))
        best = letters[-1].softmax(dim=0).max().item()
        assert next(iter(shares(page, ".ex-next .ex-row").values())) == percent(best)
    tiles = page.locator(".ex-tile small").all_inner_texts()[1:]
    letters = torches.read(word, torches.network())[0].softmax(dim=1)
    assert tiles == [percent(letters[t, torches.ALPHABET.index(letter)].item())
                     for t, letter in enumerate(word)]
    assert page.locator(".ex-tile").count() == len(word) + 1


FORCED = [(gate, value) for gate in "ifgo" for value in (0, 1)]


@pytest.mark.parametrize("gate, value", FORCED)
def test_a_forced_gate_costs_what_pytorch_says(page, gate, value):
    assert measured(page) == (9.2, 61)
    page.locator(f'[data-key="force{gate}{value}"]').click()
    letters, right = torches.cost(forced={gate: float(value)})
    assert measured(page) == (round(letters, 1), round(100 * right))
    assert f"With {gate} = {value} it hesitates among {letters:.1f} letters" in says(page)
    _, language, _, _ = torches.harmed(["reinikainen"], {gate: float(value)})
    p = language[0, -1].softmax(dim=0).tolist()
    assert list(shares(page).values()) == [percent(one) for one in p]
    page.get_by_role("button", name="Undo all").click()
    assert measured(page) == (9.2, 61)


def test_shutting_the_forget_gate_is_as_bad_as_counting_letters(page):
    """What a reader is meant to see: nothing is kept, and the guesses are nearly worthless."""
    kept = "all => Math.max(...all.map((bar) => bar.height.baseVal.value))"
    assert page.locator(".ex-kept").evaluate_all(kept) > 9
    page.get_by_role("button", name="Shut the forget gate").click()
    assert measured(page)[0] > 1.4 * torches.STORED["perplexity_of_ngrams"]["2"]["test"]
    assert page.locator(".ex-kept").evaluate_all(kept) == 0
    assert "worse than counted pairs" in says(page)
    was, now = (torches.harmed(["reinikainen"], forced)[1][0, -1].softmax(dim=0)
                for forced in ({}, {"f": 0.0}))
    before, after = percent(was.max().item()), percent(now[was.argmax()].item())
    own = f"“reinikainen”: Finnish {before} → {after}."
    assert own.replace("\N{NO-BREAK SPACE}", " ") in says(page)
    assert "nothing is kept" in says(page, ".ex-flow")
    assert "the other gates change" in says(page, ".ex-flow")
    assert page.locator(".ex-bar b").count() == 2 + 8 + 8  # the unharmed network, beside each bar
    page.get_by_role("button", name="Shut the forget gate").click()
    assert measured(page) == (9.2, 61) and page.locator(".ex-bar b").count() == 0


def test_a_unit_is_switched_off_and_on(page):
    page.locator("#ex-unit").select_option("6")
    page.get_by_role("button", name="Switch it off").click()
    letters, right = torches.cost(off=[6])
    assert measured(page) == (round(letters, 1), round(100 * right))
    assert "c = 0 and h = 0" in page.locator(".ex-unit").inner_text()
    page.get_by_role("button", name="Switch off the unit it needs most").click()
    worst = max(range(32), key=lambda unit: torches.STORED["units"][unit]["without"])
    assert measured(page)[0] == round(torches.cost(off=[6, worst])[0], 1)
    page.get_by_role("button", name="Switch it on").click()
    assert measured(page)[0] == round(letters, 1)


def test_the_state_is_reset(page):
    page.locator('[data-key="at3"]').click()
    page.get_by_role("button", name="Empty the memory after “rei”").click()
    letters, right = torches.cost(reset=3)
    assert measured(page) == (round(letters, 1), round(100 * right))
    page.locator('[data-key="at11"]').click()
    p = torches.harmed(["reinikainen"], reset=3)[1][0, -1].softmax(dim=0).tolist()
    assert list(shares(page).values()) == [percent(one) for one in p]
    page.get_by_role("button", name="Do not empty the memory").click()
    assert measured(page) == (9.2, 61)


def test_the_temperature_changes_the_probabilities(page):
    page.locator("#ex-temperature").fill("0.5")
    letters = torches.read("reinikainen", torches.network())[0][-1]
    best = (letters / 0.5).softmax(dim=0).max().item()
    assert next(iter(shares(page, ".ex-next .ex-row").values())) == percent(best)
    assert measured(page)[0] == round(torches.cost(temperature=0.5)[0], 1)
    assert "hesitates among" in says(page)
    assert "language" not in says(page)  # which it does not change


# Measures on the names of one language: as much is said, and sooner.
SHORTER = """() => {
    const {measure} = model;
    model.measure = (net, {names: {Finnish}, ...data}, ...rest) =>
        measure(net, {...data, names: {Finnish}}, ...rest);
}"""


@pytest.mark.parametrize("width", [1366, 390])
def test_a_gate_button_stays_under_the_pointer(opened, address, width):
    """What is said of a forced gate has its room before it comes."""
    page = ready(opened(address + PAGE, width=width).page)
    page.evaluate(SHORTER)
    place = "button => button.getBoundingClientRect().top + scrollY"
    first = page.locator('[data-key="forcef0"]')
    before = first.evaluate(place)
    for gate, value in FORCED:
        page.locator(f'[data-key="force{gate}{value}"]').click()
        assert abs(first.evaluate(place) - before) < 1  # while it measures
        measured(page)
        assert abs(first.evaluate(place) - before) < 1
        page.locator(f'[data-key="force{gate}"]').click()


def test_while_it_measures_no_number_is_shown(page):
    values = """() => {
        document.querySelector('[data-key="forcef0"]').click();
        return [...document.querySelectorAll(".ex-pending .ex-meter > strong")]
            .map((value) => value.textContent);
    }"""
    assert page.evaluate(values) == ["…", "…"]
    measured(page)
    assert page.locator(".ex-pending").count() == 0


def test_names_and_units_to_try(page):
    page.get_by_role("button", name="Read “van der berg”").click()
    assert page.locator("#ex-name").input_value() == "van der berg"
    units = torches.STORED["units"]
    clear = [(unit["property"] == "letters since a space")
             * min(abs(unit["validation"]), abs(unit["test"])) for unit in units]
    page.get_by_role("button", name="Follow unit").click()
    assert page.locator("#ex-unit").input_value() == str(clear.index(max(clear)))
    looking_at = page.locator(".ex-unit h2")
    assert 0 < looking_at.bounding_box()["y"] < page.viewport_size["height"]
    example = page.locator(".ex-means button").first
    word = example.inner_text().strip("“”")
    example.click()
    assert page.locator("#ex-name").input_value() == word != "van der berg"


@pytest.mark.parametrize("language", [None, "Finnish", "Dutch"])
def test_it_writes_by_its_probabilities(fresh, language):
    """With the same random numbers, the same names as in PyTorch."""
    if language:
        fresh.locator("#ex-language").select_option(language)
    drawn = torch.rand(6, 21, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for row in drawn.tolist():
        fresh.evaluate("row => { explorer.random = () => row.shift() }", row)
        fresh.get_by_role("button", name="Write a name").click()
    expected = [torches.write(language, 1.0, row) for row in drawn.tolist()]
    shown = fresh.locator(".ex-written button").all_inner_texts()
    assert shown == [name or "(an empty name)" for name in reversed(expected)]
    fresh.locator(".ex-written button").last.click()  # look inside
    assert fresh.locator("#ex-name").input_value() == expected[0]
    assert fresh.locator(".ex-tile").count() == len(expected[0]) + 1


def test_the_label_says_who_wrote_the_surname(fresh):
    label = fresh.locator("label[for=ex-name]")
    assert label.inner_text() == "Surname"
    for written in (True, False) * 2:
        if written:
            fresh.get_by_role("button", name="Let it write a Finnish name").click()
        else:
            fresh.get_by_role("button", name="Read “van der berg”").click()
        assert label.inner_text() == "Surname" + ", written by the network" * written
    fresh.locator(".ex-written button").first.click()
    assert label.inner_text() == "Surname, written by the network"
    fresh.locator('[data-key="at2"]').click()  # looking at one of its letters changes nothing
    assert label.inner_text() == "Surname, written by the network"
    fresh.locator("#ex-name").press("a")
    assert label.inner_text() == "Surname"


# How far letters in one line over the maps and the chart reach into each other, in px.
OVERLAP = """() => Math.max(...[...document.querySelectorAll(".ex-letters")].flatMap((letters) => {
    const boxes = [...letters.children].filter((one) => one.firstChild).map((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return range.getBoundingClientRect();
    });
    return boxes.flatMap((box, k) => boxes.slice(k + 1).map((other) => Math.min(
        box.right - other.left, box.bottom - other.top, other.bottom - box.top)));
}))"""


@pytest.mark.parametrize("width", [1366, 390, 320])
def test_the_letters_over_the_maps_stand_apart(opened, address, width):
    page = ready(opened(address + PAGE, width=width).page)
    for name in ("robbrechts bruijneer", "vandenberghe", "m" * 14):
        page.locator("#ex-name").fill(name)
        assert page.evaluate(OVERLAP) < 1, name  # a letter has a margin of its own
    crowded = ".ex-letters span { transform: none !important; font-size: 1rem }"
    page.add_style_tag(content=crowded)
    assert page.evaluate(OVERLAP) > 1


def test_a_square_leads_to_its_unit_and_letter(page):
    page.locator('[data-map="c"]').scroll_into_view_if_needed()
    box = page.locator('[data-map="c"]').bounding_box()
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.99 * box["height"])
    keeps_long = max(range(32), key=lambda unit: torches.STORED["units"][unit]["forget"])
    assert page.locator("#ex-unit").input_value() == str(keeps_long)
    assert page.locator('.ex-tile[aria-pressed="true"]').get_attribute("data-to") == "3"
    panel = page.locator(".ex-unit h2").bounding_box()  # which comes into view
    assert 0 < panel["y"] < page.viewport_size["height"]


def test_a_unit_is_named_only_where_a_meaning_was_found(page):
    for unit, row in enumerate(torches.STORED["units"]):
        page.locator("#ex-unit").select_option(str(unit))
        strong = min(abs(row["validation"]), abs(row["test"])) >= 0.5
        said = page.locator(".ex-means").inner_text()
        assert ("No simple meaning was found" in said) != strong
        r = f"{row['test']:.2f}".replace("-", "−")
        assert r in said and "Highest after “" in said


def test_what_it_never_learned_is_named_and_ignored(page):
    page.locator("#ex-name").fill("Ж7anna")
    assert "“ж”, “7”" in page.locator('[data-part="unknown"]').inner_text()
    assert page.locator(".ex-tile").count() == 5
    assert "at most 20" not in says(page, '[data-part="unknown"]')
    page.locator("#ex-name").fill("a" * 20)
    assert "at most 20 letters" in says(page, '[data-part="unknown"]')
    page.locator("#ex-name").fill("")
    assert page.locator(".ex-tile").count() == 1 and len(shares(page)) == 8


COUNTED = """() => {
    const read = lstm.read;
    window.counted = 0;
    lstm.read = (net, letters, harm) => {
        window.counted += letters.length;
        return read(net, letters, harm);
    };
}"""


def test_a_key_press_reads_this_name_and_no_other(fresh):
    """So it answers at once, on any machine; all names are read where a change is measured."""
    fresh.evaluate(COUNTED)

    def counted():
        return fresh.evaluate("window.counted")

    field = fresh.locator("#ex-name")
    field.fill("")
    for k, letter in enumerate("robbrechts bruijneer", 1):
        before = counted()
        field.press(letter if letter != " " else "Space")
        assert k + 1 <= counted() - before <= 2 * (k + 1)
    assert fresh.locator(".ex-tile").count() == 21
    before = counted()
    fresh.locator('[data-key="forcef0"]').click()
    measured(fresh)
    assert counted() - before > sum(len(name) for _, name in torches.NAMES)


def test_the_keyboard_is_enough(fresh):
    assert looking.unreached(fresh) == [] and looking.mouse_only(fresh) == []
    fresh.locator('[data-key="at5"]').focus()
    fresh.keyboard.press("Enter")
    fresh.keyboard.press("ArrowLeft")
    assert fresh.evaluate("document.activeElement.dataset.key") == "at4"
    fresh.keyboard.press("ArrowRight")
    assert fresh.locator('.ex-tile[aria-pressed="true"]').get_attribute("data-to") == "5"
    fresh.locator('[data-key="forcef0"]').focus()
    fresh.keyboard.press("Space")
    assert fresh.evaluate("document.activeElement.dataset.key") == "forcef0"  # it is drawn again
    assert measured(fresh)[0] == 20.0
    fresh.locator('[data-key="undo"]').focus()
    fresh.keyboard.press("Enter")
    assert fresh.evaluate("document.activeElement.id") == "ex-name"  # the button is gone
    assert measured(fresh) == (9.2, 61)


def test_it_can_be_read_aloud_at_any_width_harmed_or_not(opened, address, accessibility):
    page = ready(opened(address + PAGE).page)
    page.get_by_role("button", name="Let it write a Finnish name").click()
    page.locator("summary").click()
    page.wait_for_timeout(looking.SETTLED)
    assert accessibility(page) == []
    page.get_by_role("button", name="Shut the forget gate").click()
    page.get_by_role("button", name="Empty the memory").click()
    measured(page)
    page.wait_for_timeout(looking.SETTLED)
    assert accessibility(page) == []
    sizes = page.locator(".explorer :is(button, select, input, summary)").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect())"
        ".map(({width, height}) => Math.min(width, height))")
    assert len(sizes) > 30 and min(sizes) >= 24


def test_on_a_phone_by_touch(opened, address):
    page = ready(opened(address + PAGE, width=390, has_touch=True, is_mobile=True).page)
    page.locator('[data-key="forcef0"]').tap()
    assert measured(page)[0] == 20.0
    box = page.locator('[data-key="forcef0"]').bounding_box()
    strip = page.locator(".ex-cost").bounding_box()  # in sight of the control
    assert 0 <= strip["y"] < strip["y"] + strip["height"] <= box["y"] < 844
    assert box["height"] >= 36
    page.locator('[data-map="h"]').tap()
    page.locator('[data-key="add0"]').tap()
    assert looking.sideways(page) == []
    for name in ("robbrechts bruijneer", ""):  # twenty letters, and none
        page.locator("#ex-name").fill(name)
        assert looking.sideways(page) == []


def test_with_motion_the_letters_come_one_by_one(browser, address):
    context = browser.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.goto(address + PAGE)
    ready(page)
    page.evaluate("explorer.random = Math.random.bind(null)")
    page.locator("#ex-language").select_option("Finnish")
    # Asked in the moment of the click: a busy machine would be some letters late.
    first = page.get_by_role("button", name="Write a name").evaluate(
        "button => { button.click(); return document.querySelector('#ex-name').value }")
    assert len(first) <= 2
    name = page.locator(".ex-written button").first.inner_text()
    page.wait_for_function("name => document.querySelector('#ex-name').value === name", arg=name)
    context.close()


def test_from_a_folder_and_asking_for_nothing(opened, folder):
    visit = opened(folder + PAGE)
    ready(visit.page).get_by_role("button", name="Shut the forget gate").click()
    assert measured(visit.page)[0] == 20.0
    assert not visit.console + looking.strangers(visit)


def test_without_javascript_there_is_a_picture_and_a_table(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PAGE)
    assert page.locator(".ex-map svg").count() == 6
    assert page.locator(".ex-map svg").first.is_visible()
    page.locator("summary", has_text="table").click()
    assert page.locator(".explorer tbody tr").count() == len("reinikainen") + 1
    assert page.locator(".explorer tbody tr").last.is_visible()
    assert not page.locator("#ex-name").is_visible()
    context.close()
