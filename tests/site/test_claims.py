"""The page of checked statements: what is false first, filters, and addresses of statements."""

import re

import pytest

PAGE = "chapters/claims.html"


def shown(page):
    """Return the verdicts of the statements that are shown, by the pill's word."""
    return [pill.strip() for pill in page.locator(
        ".claim:visible summary strong").all_inner_texts()]


@pytest.fixture
def claims(opened, address):
    return opened(address + PAGE).page


def test_it_is_short_and_begins_with_what_is_false(claims):
    assert claims.evaluate("document.documentElement.scrollHeight") < 6000
    assert set(shown(claims)) == {"false"}
    for row in claims.locator(".claim[data-verdict=false]").all():
        assert row.locator("summary + p").is_visible()  # what is true instead
    assert not claims.locator(".claims-filter button").is_visible()


def test_the_conditions_stand_in_one_fold(claims):
    claims.locator(".claims-all > summary").first.click()
    assert set(shown(claims)) == {"false", "partly true"}
    for row in claims.locator(".claim[data-verdict='partly true']").all():
        assert row.locator("summary + p").is_visible()


def test_names_stand_in_code_font(claims):
    assert claims.locator(".claim summary code").count() > 100
    assert "`" not in claims.locator("article").inner_text()


def test_the_filters_leave_what_was_asked_for(claims):
    claims.locator("select[name=verdict]").select_option("partly true")
    assert set(shown(claims)) == {"partly true"}
    assert claims.locator(".claim:visible summary + p").first.is_visible()  # its condition
    claims.locator("select[name=verdict]").select_option("")
    claims.locator("select[name=source]").select_option("tutorial notebook")
    claims.locator("select[name=subject]").select_option("why gates")
    rows = claims.locator(".claim:visible")
    assert 0 < rows.count() < 20
    assert claims.locator(".claims-filter p").inner_text().startswith(f"{rows.count()} of ")
    for row in rows.all():
        assert "tutorial notebook" in row.get_attribute("data-sources")
        assert row.get_attribute("data-subject") == "why gates"
    headings = claims.locator("article").locator("h2:visible, h3:visible").all_inner_texts()
    assert not any("padding" in heading or "not tested" in heading for heading in headings)
    assert any("gradient" in heading for heading in headings)
    assert not any("four words" in heading for heading in headings)
    assert not claims.get_by_text(re.compile(r"^Show all \d+$")).first.is_visible()


def test_where_nothing_is_left_a_button_shows_all_again(claims):
    before = shown(claims)
    claims.locator("select[name=source]").select_option("PyTorch documentation")
    claims.locator("select[name=subject]").select_option("why gates")
    assert claims.locator(".claims-filter p").inner_text().startswith("0 of ")
    claims.locator(".claims-filter button").click()
    claims.locator(".claims-filter button").wait_for(state="hidden")
    assert shown(claims) == before
    assert not claims.locator(".claims-all[open]").count()


def test_a_link_to_what_is_hidden_shows_all_again(claims):
    claims.locator("select[name=verdict]").select_option("true")
    heading = claims.locator("section:has(> h2) > h2", has_text="What is false?")
    assert not heading.is_visible()
    claims.evaluate("location.hash = 'what-is-false'")
    heading.wait_for()
    assert "false" in shown(claims)


def test_a_link_opens_its_statement(opened, address, claims):
    name = claims.locator(".claim[data-verdict=true]").last.get_attribute("id")
    page = opened(f"{address}{PAGE}#{name}").page
    row = page.locator(f"#{name}")
    assert row.locator("summary + p").is_visible()
    assert 0 <= row.bounding_box()["y"] < 900


def test_without_javascript_all_can_be_read(opened, address):
    page = opened(address + PAGE, java_script_enabled=False).page
    assert page.locator(".claims-filter").count() == 0
    for fold in page.locator(".claims-all > summary").all():
        fold.click()
    text = page.locator("article").inner_text()
    assert len(shown(page)) == int(re.search(r"Together (\d+) statements", text)[1])
