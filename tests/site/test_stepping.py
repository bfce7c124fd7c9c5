"""The stepper in a browser: what it shows at each step is that row of its table."""

import numpy as np
import pytest

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


def test_it_plays_and_pauses(shown):
    page = shown().page
    button(page, "play").press("Space")
    assert page.locator("[aria-live=off]").count() == 1  # a screen reader is not talked over
    page.wait_for_timeout(1500)
    button(page, "pause").press("Space")
    assert differences(page, 1) == []
    page.wait_for_timeout(1500)
    assert differences(page, 1) == [] and page.locator("[aria-live=polite]").count() == 1


def test_it_is_accessible_and_asks_for_nothing(shown):
    visit = shown()
    visit.page.evaluate("document.querySelector('details').open = true")
    assert looking.accessibility(visit.page) == []
    assert visit.console == [] and visit.requests == [visit.url]
    targets = "button, input, select, summary"
    boxes = [box.bounding_box() for box in visit.page.locator(targets).all() if box.is_visible()]
    assert len(boxes) == 8 and all(min(box["width"], box["height"]) >= 24 for box in boxes)


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
