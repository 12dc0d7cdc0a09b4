"""The mails in a real browser: nothing scrolls sideways, something is drawn, every text can be read in light and in dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.wording import Rendered
from tests.unit.mail import pages, reports

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.chromium

# Every piece of shown text with its own colour, the first opaque background behind it, and whether it is cut off.
_LOOK = """() => {
  const out = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.getClientRects().length || element.closest('style')) continue;
    let behind = element;
    while (behind.parentElement && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
    out.push([getComputedStyle(element).color, getComputedStyle(behind).backgroundColor, element.getBoundingClientRect().right]);
  }
  return out;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if "chromium" in os.environ.get("HUITOU_REQUIRE", ""):
            pytest.fail("chromium is required and not installed")
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--headless", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


def _winback(locale: str) -> Rendered:
    values = {
        "shop_name": "青禾茶叶 Qinghe Tea",
        "postal": "Qinghe Tea, 1 Example Road, Hangzhou",
        "unsubscribe_url": "https://shop.example/unsubscribe/" + "t" * 120,
        "offer": "COMEBACK10",
        "buyer_name": "林",
    }
    return JinjaRenderer().winback(values, locale=locale, template="winback")


def _mails(locale: str) -> dict[str, Rendered]:
    days = (reports.usual, reports.calm, reports.empty, reports.stale, reports.first, reports.thirty)
    return {day.__name__: JinjaRenderer().digest(day(locale)) for day in days} | {"winback": _winback(locale)}


def _hex(color: str) -> str:
    numbers = [int(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    return "#" + "".join(f"{number:02x}" for number in numbers)


@pytest.mark.parametrize("width", [600, 375])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_it_fits_and_is_not_blank(browser: Browser, locale: str, width: int) -> None:
    for name, mail in _mails(locale).items():
        page = browser.new_page(viewport={"width": width, "height": 700})
        page.set_content(mail.html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        texts, full = page.evaluate(_LOOK), page.screenshot()
        assert len(texts) > 5, name
        assert max(right for _, _, right in texts) <= width, name
        page.evaluate("document.body.innerHTML = ''")
        assert len(full) > 2 * len(page.screenshot()), name
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_every_text_can_be_read(browser: Browser, locale: str, scheme: Any) -> None:
    for name, mail in _mails(locale).items():
        page = browser.new_page(viewport={"width": 600, "height": 700}, color_scheme=scheme)
        page.set_content(mail.html)
        pairs = {(_hex(color), _hex(behind)) for color, behind, _ in page.evaluate(_LOOK)}
        page.close()
        assert {pair for pair in pairs if pages.contrast(*pair) < 4.5} == set(), name
        backgrounds = {behind for _, behind in pairs}
        assert ("#191d24" in backgrounds) == (scheme == "dark"), name


def test_a_page_too_wide_is_seen(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 700})
    page.set_content('<table width="600"><tr><td>x</td></tr></table>')
    assert page.evaluate("document.documentElement.scrollWidth") > 375
    page.close()
