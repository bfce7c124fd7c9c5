"""On a phone: columns stay under their heads, what goes on at the right says so, and a table of
texts is stacked: site/extensions/tables.py."""

import re

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
# Cells of tables that are hard to read: more than six lines in a narrow column, or words outside.
TOWERS = """() => [...document.querySelectorAll('.bd-article :is(td, tbody th)')]
  .filter(one => one.checkVisibility() && one.textContent.trim())
  .filter(one => { const {width, height, right} = one.getBoundingClientRect();
    return right > innerWidth || width < 250 &&
      height > 6.5 * parseFloat(getComputedStyle(one).lineHeight) })
  .map(one => one.textContent.slice(0, 60))"""
STACKED = """() => [...document.querySelectorAll('.stack tbody :is(td, th)')]
  .filter(one => one.checkVisibility() && one.clientWidth < 250)
  .map(one => one.textContent.slice(0, 60))"""
UNSTACK = """.stack { display: table !important } .stack tr { display: table-row !important }
  .stack tbody { display: table-row-group !important }
  .stack :is(td, th) { display: table-cell !important }"""
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


@pytest.mark.parametrize("path", ["chapters/notation.html", "chapters/12_which_head.html"])
def test_what_is_cut_is_shaded_and_reached(phone, path):
    page = phone(path)
    cut = page.evaluate(CUT)
    assert len(cut) > 2 and [one for one in cut if not (one["shade"] and one["reached"])] == []


def test_at_its_end_a_table_is_not_shaded(phone):
    table = phone("chapters/02_one_step.html").locator(".ls-scroll:has(th:nth-child(9))")
    table.evaluate("one => { one.closest('details').open = true }")
    table.and_(table.page.locator(".wider")).wait_for()  # the event of a fold comes later
    mask = "one => getComputedStyle(one).maskImage"
    assert table.evaluate(mask) != "none"
    table.evaluate("one => new Promise(done => { one.onscrollend = done; one.scrollLeft = 9999 })")
    assert table.evaluate(mask) == "none"


def test_long_names_break_in_a_table(phone):
    name = phone("chapters/errors_around_it.html").locator(
        "td code", has_text="return_sequences=False").first
    assert name.inner_text() == "return_sequences=False"  # as it is copied
    assert name.evaluate("one => one.getBoundingClientRect().width") < 160


def test_where_few_pixels_are_hidden_few_fade(phone):
    box = phone("chapters/18_it_does_not_learn.html").locator(
        ".pst-scrollable-table-container:has(th:nth-child(5))")
    faded = box.evaluate("""box => {
      box.firstElementChild.style.width = box.clientWidth + 4 + 'px';
      dispatchEvent(new Event('resize'));
      return [box.scrollWidth - box.clientWidth, getComputedStyle(box).maskImage] }""")
    assert faded[0] == 4 and re.search(r"[ (]4px\)", faded[1]), faded


@pytest.mark.parametrize("path", [
    "chapters/03_your_first_lstm", "chapters/12_which_head", "chapters/16_error_messages",
    "chapters/22_ship_it", "chapters/short_answers_problems", "reference/cheat_sheet",
    "reference/shape_calculator"])
def test_a_table_of_texts_is_stacked(phone, path):
    page = phone(f"{path}.html")
    assert page.locator(".stack").count() > 1
    assert page.evaluate(TOWERS) == [] == page.evaluate(STACKED)
    page.add_style_tag(content=UNSTACK)
    assert page.evaluate(TOWERS) and page.evaluate(STACKED), "a tower would be seen"


def test_a_stacked_cell_has_its_head_before_it(phone):
    page = phone("chapters/12_which_head.html")
    row = page.locator("#which-loss-goes-with-which-answer .stack tbody tr").first
    label = "one => getComputedStyle(one, '::before').content"
    said = [cell.evaluate(label) for cell in row.locator("td").all()]
    assert said == ["none", *(f'"{head}: "' for head in ("the head gives", "loss", "target"))]


@pytest.mark.parametrize(("path", "columns"), [
    ("chapters/what_is_verified", 5), ("chapters/18_it_does_not_learn", 5),
    ("chapters/claims", 5), ("reference/cheat_sheet", 4)])
def test_a_table_of_numbers_stays_one_and_fits(phone, path, columns):
    page = phone(f"{path}.html")
    row = page.locator(f".table:not(.stack) tbody tr:has(:nth-child({columns}))").first
    boxes = [cell.bounding_box() for cell in row.locator("td").all()]
    assert len({box["y"] for box in boxes}) == 1 and len(boxes) == columns
    assert boxes[-1]["x"] + boxes[-1]["width"] <= PHONE


def test_on_a_wide_screen_and_on_paper_no_table_is_stacked(opened, address):
    page = opened(address + "chapters/12_which_head.html").page
    look = """all => all.map(one => [getComputedStyle(one).display,
      getComputedStyle(one, '::before').content].join())"""
    cells = ".stack tbody td"
    assert set(page.eval_on_selector_all(cells, look)) == {"table-cell,none"}
    page.set_viewport_size({"width": PHONE, "height": 900})
    assert "table-cell,none" not in page.eval_on_selector_all(cells, look)
    page.emulate_media(media="print")
    assert set(page.eval_on_selector_all(cells, look)) == {"table-cell,none"}
