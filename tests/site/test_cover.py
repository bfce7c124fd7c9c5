"""The cover's live picture: its shapes are those of nn.LSTM, its states stay under batch_first."""

import itertools

import pytest
import torch
from torch import nn


def choose(page, **choice):
    for name, wanted in choice.items():
        switch = page.locator(f'[data-set="{name}"]')
        if name == "num_layers":
            page.locator(f'[data-to="{wanted}"]').click()
        elif (switch.get_attribute("aria-pressed") == "true") != wanted:
            switch.click()


SIZES = """all => all.map(row => [row.dataset.tensor, [...row.querySelectorAll(".axis")]
    .map(axis => Number(axis.innerText.split(/\\s+/).at(-1)))])"""


def sizes(page):
    """Return {tensor: its sizes}, as they are read on the cover."""
    rows = page.locator(".cover-live .tensor").evaluate_all(SIZES)
    return {name: tuple(sizes) for name, sizes in rows}


CHOICES = list(itertools.product((1, 2, 3), *[(False, True)] * 3))


@pytest.mark.parametrize("layers, two, batch_first, projected", CHOICES)
def test_the_shapes_are_those_of_pytorch(cover, layers, two, batch_first, projected):
    choose(cover, num_layers=layers, bidirectional=two, batch_first=batch_first,
           proj_size=projected)
    lstm = nn.LSTM(10, 20, layers, batch_first=batch_first, bidirectional=two,
                   proj_size=5 if projected else 0)
    x = torch.zeros(3, 4, 10) if batch_first else torch.zeros(4, 3, 10)
    output, (h_n, c_n) = lstm(x)
    tensors = {"input": x, "output": output, "h_n": h_n, "c_n": c_n}
    assert sizes(cover) == {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    # The cells whose last step is in h_n and c_n, and the boxes of these rows.
    assert cover.locator("rect.cell.of-h_n").count() == len(h_n)
    assert cover.locator("rect.state.of-h_n").count() == len(h_n)


def test_pointing_at_a_tensor_lights_it_and_says_what_it_is(cover):
    choose(cover, num_layers=2, bidirectional=True, batch_first=True, proj_size=False)
    for name in ("input", "output", "c_n", "h_n"):
        cover.locator(f'[data-tensor="{name}"]').focus()
        assert cover.locator(".cover-live").get_attribute("data-lit") == name
        lit = cover.locator(f".cover-picture rect.of-{name}").first
        assert lit.evaluate("node => getComputedStyle(node).strokeWidth") == "3px"
    assert "does not move it" in cover.locator(".cover-says").inner_text()


def test_it_can_be_read_aloud_in_every_theme(cover, accessibility):
    assert not accessibility(cover)


def test_without_javascript_there_is_a_picture_and_its_table(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "index.html")
    assert page.locator(".cover-picture svg").is_visible()
    assert sizes(page)["h_n"] == (4, 3, 20)
    assert not page.locator(".cover-switches").is_visible()
    context.close()


def test_the_numbers_are_links_to_what_they_count(cover):
    links = cover.locator(".cover-numbers a")
    assert links.count() == 3
    assert all(int(text.replace(",", "")) > 100 for text in
               cover.locator(".cover-numbers b").all_inner_texts())
