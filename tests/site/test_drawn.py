"""Figures stand in the page, in its colours: light, dark and on paper."""

import json
import re
from pathlib import Path

import pytest

from lstm_from_scratch.teaching.style import COLOURS, CURVES, DIRECTIONS

CHAPTERS = Path(__file__).parents[2] / "chapters"
PAGES = ("04_inputs_and_outputs", "20_why_gates")

# Every colour that is seen in a figure, its contrast with the page's ground, and its variable.
SEEN = """() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = colour => { const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(channel);
    return 0.05 + 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const ground = light(getComputedStyle(document.body).backgroundColor);
  const found = [];
  for (const shape of document.querySelectorAll('svg.drawn path, svg.drawn use')) {
    if (shape.closest('defs')) continue;
    for (const side of ['fill', 'stroke']) {
      const colour = getComputedStyle(shape)[side];
      if (colour === 'none') continue;
      const written = shape.closest('[style]')?.style[side] ?? '';
      const ratio = light(colour) / ground;
      found.push({colour, contrast: Math.max(ratio, 1 / ratio), written});
    }
  }
  return found }"""
DATA = [f"--figure-{colour[1:]}" for colour in (*COLOURS.values(), *DIRECTIONS, *CURVES)]
THEME = "theme => { document.documentElement.dataset.theme = theme }"


def names(chapter):
    """Return the alternative text of every figure of a chapter, by the figure's name."""
    cells = json.loads((CHAPTERS / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
    drawn = [cell["metadata"]["mystnb"] for cell in cells if "mystnb" in cell["metadata"]]
    return {one["figure"]["name"]: one["image"]["alt"] for one in drawn if "figure" in one}


@pytest.fixture(scope="module", params=PAGES)
def chapter(request, browser, address):
    context = browser.new_context(viewport={"width": 1366, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}chapters/{request.param}.html")
    yield request.param, page
    context.close()


def test_every_figure_is_drawn_in_the_page_with_its_alt_and_caption(chapter):
    name, page = chapter
    seen = page.eval_on_selector_all(
        ".cell_output figure",
        """all => all.map(one => [one.id, one.querySelector('svg.drawn[role=img]')?.ariaLabel,
            one.querySelector('.caption-number').textContent.slice(0, 6)])""",
    )
    assert {one: alt for one, alt, _ in seen} == names(name)
    assert {caption for *_, caption in seen} == {"Figure"}
    assert page.locator(".cell_output img").count() == 0


def test_ids_are_unique(chapter):
    ids = chapter[1].eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_lines_be_seen_and_nothing_is_white_in_the_dark(chapter, theme):
    page = chapter[1]
    page.evaluate(THEME, theme)
    seen = page.evaluate(SEEN)
    words = [one for one in seen if re.search("--word-(?!ffffff)", one["written"])]
    assert words and min(one["contrast"] for one in words) >= 4.5
    lines = [one for one in seen if any(name in one["written"] for name in DATA)]
    assert lines and min(one["contrast"] for one in lines) >= 3
    if theme == "dark":
        assert not [one for one in seen if one["colour"] == "rgb(255, 255, 255)"]


def test_the_switch_changes_the_figures_without_a_reload_and_paper_is_light(chapter):
    page = chapter[1]
    colours = {}
    for theme in ("light", "dark"):
        page.evaluate(THEME, theme)
        colours[theme] = [one["colour"] for one in page.evaluate(SEEN)]
    assert colours["light"] != colours["dark"]
    page.emulate_media(media="print")
    # A function: the policy of the page lets nobody evaluate a text.
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    assert [one["colour"] for one in page.evaluate(SEEN)] == colours["light"]
    page.emulate_media(media="screen")


@pytest.mark.parametrize("width", [1366, 390])
def test_no_figure_is_wider_than_its_column_or_higher_than_the_screen(chapter, width):
    page = chapter[1]
    page.set_viewport_size({"width": width, "height": 768})
    for box in page.eval_on_selector_all(
        "figure svg.drawn", "all => all.map(one => [one.clientWidth, one.clientHeight])"
    ):
        assert 0 < box[0] <= min(width, 741) and 0 < box[1] <= 620
