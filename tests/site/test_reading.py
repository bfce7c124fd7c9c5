"""What a reader does: by keyboard, on a phone, in the dark, on paper, without JavaScript."""

import pytest

from tests.support import looking
from tests.support.looking import first_of

CHAPTER = "chapters/02_one_step.html"


@pytest.mark.parametrize("path", ["index.html", CHAPTER])
@pytest.mark.parametrize("width", looking.WIDTHS)
def test_tab_reaches_everything(opened, address, path, width):
    problems = looking.unreached(opened(address + path, width=width).page)
    assert not problems, first_of(problems)


def test_first_tab_skips_to_the_text(opened, address):
    page = opened(address + CHAPTER).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    assert page.evaluate(looking.FOCUSED)["seen"]
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


def test_each_page_leads_back_to_the_questions(opened, address):
    page = opened(address + CHAPTER).page
    page.get_by_role("link", name="Back to the questions").click()
    assert page.url == address + "index.html#find-your-question"
    page.get_by_role("heading", name="Find your question").wait_for()  # the page may still load
    assert page.get_by_role("link", name="Back to the questions").count() == 0


def test_the_sidebar_names_what_is_searched(opened, address):
    page = opened(address + CHAPTER).page
    links = page.locator(".bd-sidebar-primary").get_by_role("link", name="output, h_n, c_n")
    assert links.get_attribute("href") == "04_inputs_and_outputs.html"


def test_solution_opens_by_keyboard_under_its_name(opened, address):
    page = opened(address + CHAPTER).page
    fold = page.locator("div.cell:has(#one-step-solution-1) summary")
    assert fold.inner_text().strip() == "Show solution 1"
    assert fold.get_attribute("aria-label") is None
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator("#one-step-solution-1 pre").first.is_visible()
    assert fold.inner_text().strip() == "Hide solution 1"


def test_a_link_to_a_folded_cell_opens_and_marks_it(opened, address):
    page = opened(address + "chapters/05_parameters.html#parameters-solution-1").page
    cell = page.locator("#parameters-solution-1")
    page.wait_for_function("() => document.querySelector('details:has(:target)')?.open")
    box = cell.bounding_box()
    assert cell.is_visible() and 0 <= box["y"] < page.viewport_size["height"]
    assert cell.evaluate("cell => getComputedStyle(cell).outlineStyle") == "solid"
    assert page.locator("details[open]:has(pre)").count() == 1  # no other one


@pytest.mark.parametrize("place", ["address", "folder"])
def test_search_by_keyboard(opened, accessibility, request, place):
    # The dialog is the same on each page and from a folder; axe is soon done with a short one.
    visit = opened(request.getfixturevalue(place) + "reference/references.html")
    page = visit.page
    page.keyboard.press("Control+k")
    assert page.locator(".search-button__search-container input").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".search-button__search-container input").is_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("forget")
    first = page.locator(".search-button__search-container .found a").first
    first.wait_for()
    problems = visit.console + (accessibility(page) if place == "address" else [])
    assert not problems, first_of(problems)
    leads = first.get_attribute("href").rpartition("/")[2]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{leads}")


def test_chapters_open_and_close_on_a_phone(opened, address):
    page = opened(address + CHAPTER, width=390).page
    link = page.locator(".bd-sidebar-primary").get_by_role("link", name="Parameters")
    page.get_by_role("button", name="Chapters").press("Enter")
    page.wait_for_timeout(looking.SETTLED)
    inside = "document.activeElement.closest('.bd-sidebar-primary') !== null"
    assert page.evaluate(inside)
    assert link.is_visible()
    page.keyboard.press("Escape")
    page.wait_for_timeout(looking.SETTLED)
    assert not page.evaluate(inside)
    assert not link.is_visible()


def test_the_way_home_stays_in_sight(opened, address):
    page = opened(address + "chapters/claims.html").page
    chapters = page.locator(".bd-sidebar-primary .sidebar-primary-item:has(> .bd-links)")
    assert chapters.evaluate("list => list.scrollTop") > 0
    assert chapters.locator(".current.active").bounding_box()["y"] < 900
    brand = page.locator(".bd-sidebar-primary .navbar-brand")
    assert 0 <= brand.bounding_box()["y"] < 100 and not page.locator(".bar-home").is_visible()
    page = opened(address + "chapters/claims.html", width=390).page
    page.locator(".bar-home").click()
    page.wait_for_url(address + "index.html")


@pytest.mark.parametrize("theme", looking.THEMES)
def test_follows_the_system_and_remembers_a_choice(opened, address, theme):
    page = opened(address + "index.html", color_scheme=theme).page
    now = "document.documentElement.dataset.theme"
    assert page.evaluate(now) == theme
    page.locator(".theme-switch-button").first.click()  # the other one
    other = page.evaluate(now)
    page.goto(address + CHAPTER)
    assert page.evaluate(now) == other != theme


def test_reads_without_javascript(opened, address):
    page = opened(address + "chapters/05_parameters.html", java_script_enabled=False).page
    assert page.get_by_role("link", name="Backward by hand").first.is_visible()
    assert page.locator("article svg.drawn").first.is_visible()
    assert page.locator("article .katex").first.is_visible()
    page.locator("div.cell:has(#parameters-solution-1) summary").click()
    assert page.locator("#parameters-solution-1 pre").first.is_visible()


def test_paper_carries_the_text_only(opened, address):
    page = opened(address + CHAPTER, color_scheme="dark").page
    page.emulate_media(media="print")
    solution = page.locator("#one-step-solution-1 pre").first
    solution.wait_for()
    for part in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("article h1").is_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    left = page.locator("article h1").bounding_box()["x"]
    assert left < 100, "the text stands where the sidebar was"
    page.emulate_media(media="screen")
    solution.wait_for(state="hidden")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
