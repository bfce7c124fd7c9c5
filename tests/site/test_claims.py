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
    verdicts = shown(claims)
    assert verdicts == sorted(verdicts, key=["refuted", "precise", "unmeasured"].index)
    first = claims.locator(".claim").first
    assert first.locator("summary + p").is_visible()  # what is true instead


def test_the_filters_leave_what_was_asked_for(claims):
    claims.locator("select[name=verdict]").select_option("kept")
    assert set(shown(claims)) == {"kept"}
    claims.locator("select[name=verdict]").select_option("")
    claims.locator("select[name=source]").select_option("tutorial notebook")
    claims.locator("select[name=subject]").select_option("why gates")
    rows = claims.locator(".claim:visible")
    assert 0 < rows.count() < 20
    assert claims.locator(".claims-filter p").inner_text().startswith(f"{rows.count()} of ")
    for row in rows.all():
        assert "tutorial notebook" in row.get_attribute("data-sources")
        assert row.get_attribute("data-subject") == "why gates"
    headings = claims.locator("article h2:visible").all_inner_texts()
    assert not any("nobody measured" in heading for heading in headings)  # none is left of them


def test_a_link_opens_its_statement(opened, address, claims):
    name = claims.locator(".claim.kept").last.get_attribute("id")
    page = opened(f"{address}{PAGE}#{name}").page
    row = page.locator(f"#{name}")
    assert row.locator("summary + p").is_visible()
    assert 0 <= row.bounding_box()["y"] < 900


def test_without_javascript_all_can_be_read(opened, address):
    page = opened(address + PAGE, java_script_enabled=False).page
    assert page.locator(".claims-filter").count() == 0
    page.locator(".claims-all > summary").click()
    count = int(re.search(r"(\d+) statements:", page.locator("article").inner_text())[1])
    assert len(shown(page)) == count
