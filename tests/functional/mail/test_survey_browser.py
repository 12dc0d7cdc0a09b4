"""The survey's page in a real browser: fits, can be read, is answered by keys and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.wording import MESSAGE_LOCALES
from tests.functional.mail.look import LOOK, chromium, hexed
from tests.unit.mail import pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.chromium
URL = "https://hooks.example.com/s/token?score=8"
RENDERER = JinjaRenderer()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def complaints(page: Page, width: int, scheme: str) -> list[str]:
    """What is wrong with what is shown."""
    texts = page.evaluate(LOOK)
    pairs = {(hexed(color), hexed(behind)) for color, behind, _ in texts}
    found = [f"{color} on {behind}" for color, behind in pairs if pages.contrast(color, behind) < 4.5]
    if page.evaluate("document.documentElement.scrollWidth") > width or max(right for _, _, right in texts) > width:
        found.append(f"wider than {width}")
    if {"light": "#ffffff", "dark": "#191d24"}[scheme] not in {behind for _, behind in pairs}:
        found.append(f"not {scheme}")
    return found


@pytest.mark.parametrize("locale", MESSAGE_LOCALES)
def test_it_fits_and_can_be_read(browser: Browser, locale: str) -> None:
    page, found = browser.new_page(), []
    shown = [
        RENDERER.survey(locale, shop="Qinghe", chosen=8, missing=True),
        RENDERER.survey(locale, shop="W" * 60),
        *(RENDERER.page(name, locale) for name in ("surveyed", "survey_over")),
    ]
    for html in shown:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in (320, 375, 800):
                page.set_viewport_size({"width": width, "height": 800})
                page.set_content(html)
                found += [f"{scheme} {width}: {each}" for each in complaints(page, width, scheme)]
    page.close()
    assert found == []


def test_every_score_is_large_enough_for_a_thumb(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.set_content(RENDERER.survey("en", shop="Qinghe"))
    boxes = [box.bounding_box() for box in page.locator(".scale label").all()]
    page.close()
    assert len(boxes) == 11
    assert all(box is not None and box["width"] >= 36 and box["height"] >= 40 for box in boxes)


def test_it_is_answered_without_scripts_by_pointer_and_by_keys(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, said = context.new_page(), []

    def serve(route: Route) -> None:
        if route.request.method == "POST":
            said.append((route.request.url, parse_qs(route.request.post_data or "", keep_blank_values=True)))
            route.fulfill(content_type="text/html; charset=utf-8", body=RENDERER.page("surveyed", "en"))
        else:
            route.fulfill(content_type="text/html; charset=utf-8", body=RENDERER.survey("en", shop="Qinghe", chosen=8))

    page.route("**/*", serve)
    page.goto(URL)
    page.click("button")
    page.goto(URL)
    page.click("text=Pick a number")
    page.locator("label", has_text="3").first.click()
    page.fill("textarea", "Später als gesagt 包装")
    page.click("button")
    assert "Thank you" in page.inner_text("h1")
    page.goto(URL)
    page.focus("input[value='8']")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Thank you")
    context.close()
    assert [form for _, form in said] == [
        {"score": ["8"], "words": [""]},
        {"score": ["3"], "words": ["Später als gesagt 包装"]},
        {"score": ["9"], "words": [""]},
    ]
    assert {url for url, _ in said} == {URL}


def test_a_page_that_cannot_be_read_is_seen(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 700})
    page.set_content(RENDERER.survey("en", shop="Qinghe").replace("#52606d", "#cccccc"))
    assert "#cccccc on #ffffff" in complaints(page, 375, "light")
    page.close()
