"""On paper: the cheat sheet is one sheet; the cover has no empty half; what unfolds is seen."""

import re

import pytest


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_cheat_sheet_is_one_sheet(opened, address, paper, theme):
    page = opened(address + "reference/cheat_sheet.html", color_scheme=theme).page
    assert pages(page.pdf(format=paper)) == 1


def test_there_is_room_for_another_font(opened, address):
    page = opened(address + "reference/cheat_sheet.html").page
    page.add_style_tag(content="@media print { #cheat-sheet { zoom: 1.04 } }")
    assert pages(page.pdf(format="Letter")) == 1


def test_a_longer_page_is_more_sheets(opened, address):
    assert pages(opened(address + "reference/glossary.html").page.pdf(format="A4")) > 1


def links(page):
    """Count the links on the first sheet."""
    return len(re.findall(rb"/Subtype\s*/Link", page.pdf(format="A4", page_ranges="1")))


def test_the_first_sheet_of_the_cover_goes_on_below_the_picture(opened, address):
    page = opened(address + "index.html").page
    numbers = 3
    assert links(page) > numbers  # the questions begin on it
    page.add_style_tag(content="article table { break-inside: avoid !important }")
    assert links(page) == numbers


def test_live_parts_print_as_their_picture(opened, address):
    page = opened(address + "index.html").page
    colour = """() => getComputedStyle(document.querySelector(".cover-live .axis"))
        .printColorAdjust"""
    assert page.evaluate(colour) == "economy"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "exact"
    assert page.locator(".cover-picture svg").is_visible()
    assert not page.locator(".cover-switches").is_visible()
    inside = page.evaluate("""() => [".cover-tensors", ".cover-picture"].map((part) => {
        const box = document.querySelector(part);
        return box.scrollWidth - box.clientWidth; })""")
    assert inside == [0, 0]


def test_what_unfolds_for_paper_is_there_at_once(browser, address):
    """The sheet is drawn in the moment in which a fold opens: nothing may fade in."""
    context = browser.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.goto(address + "chapters/02_one_step.html")
    page.locator("details.hide summary").first.click()
    fades = """() => getComputedStyle(document.querySelector(
        "details.hide[open] > summary ~ *")).animationName"""
    assert page.evaluate(fades) != "none"
    page.emulate_media(media="print")
    assert page.evaluate(fades) == "none"
    context.close()
