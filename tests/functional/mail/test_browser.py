"""The digest in a real browser: nothing scrolls sideways, something is drawn, every text can be read in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.wording import Rendered
from tests.functional.mail.look import LOOK, chromium, hexed
from tests.unit.mail import pages, reports, whole

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@cache
def _mails(locale: str) -> dict[str, Rendered]:
    return {day.__name__: JinjaRenderer().digest(day(locale)) for day in (*reports.ALL, whole.everything)}


@pytest.mark.parametrize("width", [600, 375])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_it_fits_and_is_not_blank(browser: Browser, locale: str, width: int) -> None:
    for name, mail in _mails(locale).items():
        page = browser.new_page(viewport={"width": width, "height": 700})
        page.set_content(mail.html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        texts, full = page.evaluate(LOOK), page.screenshot()
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
        pairs = {(hexed(color), hexed(behind)) for color, behind, _ in page.evaluate(LOOK)}
        page.close()
        assert {pair for pair in pairs if pages.contrast(*pair) < 4.5} == set(), name
        backgrounds = {behind for _, behind in pairs}
        assert ("#191d24" in backgrounds) == (scheme == "dark"), name


def test_a_page_too_wide_is_seen(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 700})
    page.set_content('<table width="600"><tr><td>x</td></tr></table>')
    assert page.evaluate("document.documentElement.scrollWidth") > 375
    page.close()
