"""On a phone: columns stay under their heads, and what goes on at the right says so."""

import pytest

PHONE = 390
WRAPPED = """all => all.filter(one => {
  const lines = one.textContent.trimEnd().split('\\n').length;
  const line = parseFloat(getComputedStyle(one).lineHeight);
  return one.clientHeight > (lines + 1) * line + 40 }).map(one => one.textContent)"""
# Boxes that hide something at their right: what they are, whether that is seen and reached.
CUT = """() => [...document.querySelectorAll(
    '.bd-article :is(div.math, .pst-scrollable-table-container, pre)')]
  .filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
  .map(one => { const style = getComputedStyle(one);
    return {shade: style.maskImage !== 'none' || style.boxShadow !== 'none',
            reached: one.tabIndex === 0, text: one.textContent.slice(0, 60)} })"""
BARS = """all => all.filter(one => one.clientHeight && !one.textContent.trim()
    && !one.querySelector('img, svg, input, canvas, button')).length"""


@pytest.fixture
def phone(opened, address):
    def open_chapter(path, **options):
        return opened(address + path, width=PHONE, **options).page

    return open_chapter


@pytest.mark.parametrize("chapter", ["01_why_memory", "18_it_does_not_learn"])
def test_columns_scroll_and_do_not_wrap(phone, chapter):
    page = phone(f"chapters/{chapter}.html")
    tables = ".cell_output .columns pre"
    assert page.locator(tables).count() > 0
    assert page.eval_on_selector_all(tables, WRAPPED) == []
    page.add_style_tag(content=f"div{tables} {{ white-space: pre-wrap !important }}")
    assert page.eval_on_selector_all(tables, WRAPPED) != [], "what wraps would be seen"


def test_an_error_is_read_without_scrolling(phone):
    page = phone("chapters/16_error_messages.html")
    text = page.locator("#errors-deepcopy .cell_output pre").first
    assert len(text.inner_text()) > 200
    assert text.evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize("width", [PHONE, 1366])
def test_an_output_without_content_is_no_bar(opened, address, width):
    visit = opened(address + "chapters/03_your_first_lstm.html", width=width, color_scheme="dark")
    outputs = ".cell_output > .output"
    assert visit.page.locator(".text_html:empty").count() > 0
    assert visit.page.eval_on_selector_all(outputs, BARS) == 0
    visit.page.add_style_tag(content=".output.text_html:empty { display: block !important }")
    assert visit.page.eval_on_selector_all(outputs, BARS) > 0, "a bar would be seen"


@pytest.mark.parametrize("chapter", ["14_text", "15_when_an_lstm_today", "20_why_gates"])
def test_what_one_cell_prints_is_one_box(opened, address, chapter):
    page = opened(f"{address}chapters/{chapter}.html").page
    assert page.locator(".cell_output > .stream").count() > 10
    assert page.locator(".cell_output > .stream + .stream").count() == 0


@pytest.mark.parametrize("path", [
    "reference/cheat_sheet.html", "chapters/notation.html", "chapters/12_which_head.html"])
def test_what_is_cut_is_shaded_and_reached(phone, path):
    page = phone(path)
    cut = page.evaluate(CUT)
    assert len(cut) > 2 and [one for one in cut if not (one["shade"] and one["reached"])] == []


def test_at_its_end_a_table_is_not_shaded(phone):
    table = phone("chapters/notation.html").locator("#tensors .pst-scrollable-table-container")
    mask = "one => getComputedStyle(one).maskImage"
    assert table.evaluate(mask) != "none"
    table.evaluate("one => new Promise(done => { one.onscrollend = done; one.scrollLeft = 9999 })")
    assert table.evaluate(mask) == "none"


def test_long_names_break_in_a_table(phone):
    name = phone("chapters/12_which_head.html").locator(
        "td code", has_text="binary_cross_entropy_with_logits").first
    assert name.inner_text() == "binary_cross_entropy_with_logits"  # as it is copied
    assert name.evaluate("one => one.getBoundingClientRect().width") < 160
