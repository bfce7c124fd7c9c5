"""The stepper in a browser: what it shows at each step is that row of its table."""

import numpy as np
import pytest
import torch

from lstm_from_scratch import reference
from lstm_from_scratch.teaching.stepper import WORDS, decimal, stepper, thousandths
from tests.support import looking

LENGTH, UNITS = 5, 2
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A</title><main><h1>A</h1>'


def recorded():
    """Run a random cell of two units; its c leaves [-1, 1]."""
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(LENGTH, 1)), rng.normal(size=(4 * UNITS, 1))
    zeros, recurrent = np.zeros(4 * UNITS), np.zeros((4 * UNITS, UNITS))
    h, c, rows = np.zeros(UNITS), np.full(UNITS, 2.0), []
    for x_t in x:
        i, f, g, o = np.split(weight @ x_t, 4)
        h, c = reference.step(x_t, h, c, weight, recurrent, zeros, zeros)
        i, f, o = (1 / (1 + np.exp(-a)) for a in (i, f, o))
        rows.append((i, f, np.tanh(g), o, c, h))
    return stepper(x, *map(np.array, zip(*rows, strict=True)), c_0=np.full(UNITS, 2.0))


MADE = recorded()
TEXT = MADE._repr_html_()


@pytest.fixture
def shown(tmp_path, opened):
    """A function: the stepper on a page of its own, visited."""

    def visit(text=TEXT, **options):
        path = tmp_path / "index.html"
        path.write_text(HEAD + text, encoding="utf-8")
        return opened(path.as_uri(), **options)

    return visit


def button(page, key):
    return page.get_by_role("button", name=WORDS[key], exact=True)


def differences(page, t, unit=0):
    """List what the page shows, now, that is not step t of the table."""
    numbers, found = MADE.row(t, unit), []
    row = {key: decimal(thousandths(value)) for key, value in numbers.items()}
    drawn = page.eval_on_selector_all(
        "[data-text]", "all => all.map(e => [e.dataset.text, e.textContent])"
    )
    found += [pair for pair in drawn if row[pair[0]] != pair[1]]
    results = page.locator(".ls-equations b").all_inner_texts()
    if results != [row[key] for key in ("kept", "written", "c", "h")]:
        found.append(results)
    sentence = page.locator(".ls-says").inner_text()
    parts = (f"{t}.", f"c was {row['c_prev']} and is {row['c']}.", f"h is {row['h']}.")
    found += [sentence for part in parts if part not in sentence]
    for key, x, width, box_x, box_w in page.eval_on_selector_all(
        "[data-bar]",
        "all => all.map(e => [e.dataset.bar, ...[e.getAttribute('x'), e.getAttribute('width'),"
        " e.dataset.x, e.dataset.w].map(Number)])",
    ):
        value = numbers[key] / (2 if key.startswith("c") else 1)  # c_0 is 2
        signed = key in ("c_prev", "c", "g", "h")
        start = box_x + (box_w / 2 * (1 + min(value, 0)) if signed else 0)
        if not np.allclose([x, width], [start, abs(value) * box_w / (2 if signed else 1)]):
            found.append((key, x, width))
    return found


def test_every_step_shows_its_row(shown):
    page = shown().page
    for t in range(LENGTH):
        assert differences(page, t) == []
        assert differences(page, (t + 1) % LENGTH) != []
        button(page, "next").press("Enter")
    assert differences(page, LENGTH - 1) == []
    assert button(page, "next").get_attribute("aria-disabled") == "true"
    for key, t in (("previous", LENGTH - 2), ("first", 0), ("last", LENGTH - 1)):
        button(page, key).click()
        assert differences(page, t) == []


def test_it_may_start_later(shown):
    page = shown(TEXT.replace('data-start="0"', 'data-start="2"')).page
    assert differences(page, 2) == []


def test_columns_that_are_exchanged_are_seen(shown):
    spoiled = TEXT.replace('"kept", "written"', '"written", "kept"')
    assert spoiled != TEXT and differences(shown(spoiled).page, 0) != []


def test_another_unit(shown):
    page = shown().page
    page.get_by_role("combobox").select_option("1")
    button(page, "next").click()
    assert differences(page, 1, unit=1) == [] and differences(page, 1, unit=0) != []


def test_the_keyboard_is_enough(shown):
    page = shown().page
    assert looking.unreached(page) == [] and looking.mouse_only(page) == []
    page.get_by_role("slider").focus()
    for key, t in (("ArrowRight", 1), ("End", LENGTH - 1), ("ArrowLeft", LENGTH - 2), ("Home", 0)):
        page.keyboard.press(key)
        assert differences(page, t) == []


def test_a_press_on_a_bar_chooses_its_step_and_a_drag_moves_on(shown):
    page = shown().page
    slider = page.get_by_role("slider")
    for strip in page.locator(".ls-unit:not([hidden]) .ls-strips svg").all()[::3]:
        box = strip.bounding_box()
        places = [box["x"] + (t + 0.5) * box["width"] / LENGTH for t in range(LENGTH)]
        y = box["y"] + box["height"] / 2
        page.mouse.click(places[3], y)
        assert differences(page, 3) == [] and slider.input_value() == "3"
        page.mouse.move(places[1], y)
        assert differences(page, 3) == []  # the button is not down
        page.mouse.down()
        page.mouse.move(places[4], y, steps=5)
        assert differences(page, 4) == []
        page.mouse.move(0, y)  # beyond the first bar
        assert differences(page, 0) == []
        page.mouse.up()


def test_the_slider_says_its_step_in_words(shown):
    slider = shown().page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "0 of 0 to 4"
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "1 of 0 to 4"


def test_play_looks_like_no_other_button(shown):
    page = shown().page
    looks = {key: button(page, key).evaluate(
        "one => [getComputedStyle(one).backgroundColor, one.querySelector('path').outerHTML]")
        for key in ("first", "previous", "play", "next", "last")}
    grounds = [ground for ground, _ in looks.values()]
    assert grounds.count(looks["play"][0]) == 1
    assert len({path for _, path in looks.values()}) == 5


@pytest.mark.parametrize("width", [1366, 683, 390])
def test_the_covers_link_lands_on_it(opened, address, width):
    page = opened(address + "index.html", width=width).page
    page.get_by_role("link", name="Step through a cell").first.click()
    page.wait_for_url("**/02_one_step.html#step-through")
    page.wait_for_load_state("load")
    page.wait_for_timeout(looking.SETTLED)
    top = page.locator("#step-through .lstm-stepper").bounding_box()["y"]
    assert 0 < top < 200


def test_it_plays_and_pauses(shown):
    page = shown().page
    button(page, "play").press("Space")
    assert page.locator("[aria-live=off]").count() == 1  # a screen reader is not talked over
    page.wait_for_timeout(1500)
    button(page, "pause").press("Space")
    assert differences(page, 1) == []
    page.wait_for_timeout(1500)
    assert differences(page, 1) == [] and page.locator("[aria-live=polite]").count() == 1


def test_it_is_accessible_and_asks_for_nothing(shown, accessibility):
    visit = shown()
    visit.page.evaluate("document.querySelector('details').open = true")
    assert accessibility(visit.page) == []
    assert visit.console == [] and visit.requests == [visit.url]
    targets = "button, input, select, summary"
    boxes = [box.bounding_box() for box in visit.page.locator(targets).all() if box.is_visible()]
    assert len(boxes) == 8 and all(min(box["width"], box["height"]) >= 24 for box in boxes)


def latch():
    """Make a random cell of one unit, its input, and the stepper of both."""
    torch.manual_seed(0)
    cell = torch.nn.LSTMCell(3, 1, dtype=torch.float64)
    x = torch.randn(LENGTH, 3, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_hh.mul_(3)  # the sums read h, and not in passing
    return cell, x


def steps_of(cell, x):
    """Run nn.LSTMCell and record what a stepper wants: the gates and the states."""
    rows, state = [], (torch.zeros(1, dtype=x.dtype), torch.zeros(1, dtype=x.dtype))
    with torch.no_grad():
        for x_t in x:
            bias = cell.bias_ih + cell.bias_hh
            a = cell.weight_ih @ x_t + cell.weight_hh @ state[0] + bias
            state = cell(x_t, state)
            i, f, g, o = a[0].sigmoid(), a[1].sigmoid(), a[2].tanh(), a[3].sigmoid()
            rows.append([value.item() for value in (i, f, g, o, state[1], state[0])])
    weights = [parameter.detach() for parameter in cell.parameters()]
    names = ["value", "write", "erase"]
    return stepper(x, *map(np.array, zip(*rows, strict=True)), names, weights=weights)


def table_of(page):
    cells = "all => all.map(e => e.textContent)"
    strips = "all => all.map(e => [e.getAttribute('class'), e.getAttribute('viewBox')," \
        " e.lastElementChild.getAttribute('d')])"
    return (page.eval_on_selector_all("tbody td", cells),
            page.eval_on_selector_all(".ls-strips svg", strips),
            page.eval_on_selector_all("[data-text]", cells))


def test_numbers_that_the_reader_changes(shown):
    """The page computes what PyTorch computes: table, strips and drawing, after each change."""
    cell, x = latch()
    page = shown(steps_of(cell, x)._repr_html_()).page
    first = table_of(page)
    page.get_by_text(WORDS["change"]).click()
    button(page, "next").click()
    weight = WORDS["weight"].format
    for label, tensor, place, value in (
        (WORDS["input"].format(name="write"), x, (1, 1), -2.5),
        (WORDS["input"].format(name="value"), x, (1, 0), 0.75),
        (weight(name="erase", gate="f"), cell.weight_ih, (1, 2), 3.0),
        (weight(name="h", gate="o"), cell.weight_hh, (3, 0), -4.0),
        (weight(name="bias", gate="i"), cell.bias_ih, 0, 1000.0),
        (weight(name="value", gate="g"), cell.weight_ih, (2, 0), -1000.0),
    ):
        before = table_of(page)
        page.get_by_label(label, exact=True).fill(str(value))
        with torch.no_grad():
            tensor[place] = value
            cell.bias_hh[0] = 0.0 if place == 0 else cell.bias_hh[0]
        expected = shown(steps_of(cell, x)._repr_html_()).page
        button(expected, "next").click()
        assert table_of(page) == table_of(expected) != before
    button(page, "first").click()
    button(page, "reset").click()
    assert table_of(page) == first


def test_what_is_no_number_changes_nothing(shown):
    page = shown(steps_of(*latch())._repr_html_()).page
    first = table_of(page)
    page.get_by_text(WORDS["change"]).click()
    field = page.get_by_label(WORDS["input"].format(name="value"), exact=True)
    shown_first = field.input_value()
    field.fill("")
    assert table_of(page) == first
    field.blur()
    assert field.input_value() == shown_first
    field.fill("5000")
    field.blur()
    assert field.input_value() == "1000"


@pytest.mark.parametrize("width", [390, 1366])
def test_the_fields_are_accessible_at_any_width(shown, accessibility, width):
    sized = '<meta name="viewport" content="width=device-width">'
    page = shown(sized + steps_of(*latch())._repr_html_(), width=width).page
    for details in page.locator("summary").all():
        details.press("Enter")
    assert accessibility(page, widths=(width,)) == [] and looking.unreached(page) == []
    fields = [field.bounding_box() for field in page.locator("input[type=number]").all()]
    assert len(fields) == 3 + 4 * 5
    assert all(min(box["width"], box["height"]) >= 24 for box in fields)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_read_without_javascript_and_on_paper(shown):
    page = shown(java_script_enabled=False).page
    assert page.locator("tbody tr:visible").count() == UNITS * LENGTH
    assert page.locator(".ls-strips:visible").count() == UNITS
    assert page.locator("button, input, details").count() == 0
    page = shown().page
    assert page.locator("tbody tr:visible").count() == 0
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("tbody tr:visible").count() == LENGTH
    assert page.locator("button:visible, input:visible").count() == 0
