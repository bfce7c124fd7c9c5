"""Shapes stand in tables, with one colour for each axis, and nothing wraps within one."""

import pytest

PAGES = {"chapters/04_inputs_and_outputs.html": "six-shapes", "chapters/notation.html": "tensors",
         "chapters/05_parameters.html": "sizes"}
KINDS = """all => all.map(one => [one.textContent,
    [...one.querySelectorAll('.axis')].map(axis => axis.className.split('axis-')[1])])"""


@pytest.mark.parametrize("path, cell", PAGES.items())
@pytest.mark.parametrize("width", [1366, 390])
def test_no_shape_is_broken_into_lines(opened, address, path, cell, width):
    page = opened(address + path, width=width).page
    codes = page.locator(f"#{cell} td code:is(.axes, .shape)")
    heights = codes.evaluate_all("all => all.map(one => one.offsetHeight)")
    assert len(heights) >= 4 and max(heights) < 36
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_axis_has_the_colour_of_its_kind(opened, address):
    page = opened(address + "chapters/04_inputs_and_outputs.html").page
    shapes = dict(page.eval_on_selector_all("#six-shapes td code.axes", KINDS))
    state = ["layers", "N", "H"]
    assert shapes == {
        "(L, N, H_in)": ["L", "N", "H"], "(D*num_layers, N, H_out)": state,
        "(D*num_layers, N, H_cell)": state, "(L, N, D*H_out)": ["L", "N", "H"],
        "(5, 3, 6)": ["L", "N", "H"], "(5, 3, 4)": ["L", "N", "H"], "(4, 3, 2)": state}
    forms = page.eval_on_selector_all("#three-forms td code", KINDS)
    assert all(kinds for _, kinds in forms)
    colours = page.eval_on_selector_all(
        "#six-shapes .axis", "all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert len(set(colours)) == 4


def test_shapes_in_the_text_stay_code(opened, address):
    page = opened(address + "chapters/04_inputs_and_outputs.html").page
    assert page.locator("article p:not(td p) .axis").count() == 0
