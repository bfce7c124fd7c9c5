"""The cheat sheet prints on one sheet of paper, whatever the reader's paper is."""

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
