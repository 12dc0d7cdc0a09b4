"""Every message in a real browser at two widths, in light and in dark: it fits, is not blank, can be read, and has its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.wording import MESSAGE_LOCALES
from tests.functional.mail.look import LOOK, chromium, hexed
from tests.unit.mail import every, pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.chromium
_SHEETS = {"light": "#ffffff", "dark": "#191d24"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def _complaints(page: Page, width: int, scheme: str) -> list[str]:
    texts = page.evaluate(LOOK)
    pairs = {(hexed(color), hexed(behind)) for color, behind, _ in texts}
    found = [f"{color} on {behind}" for color, behind in pairs if pages.contrast(color, behind) < 4.5]
    if page.evaluate("document.documentElement.scrollWidth") > width or max(right for _, _, right in texts) > width:
        found.append(f"wider than {width}")
    if _SHEETS[scheme] not in {behind for _, behind in pairs}:
        found.append(f"not {scheme}")
    return found


@pytest.mark.parametrize("locale", MESSAGE_LOCALES)
def test_it_fits_and_can_be_read(browser: Browser, locale: str) -> None:
    page, found, looked = browser.new_page(), [], 0
    for case in every.ALL:
        if case.locale != locale:
            continue
        for values in (case.values(), case.values(offer=False, name=False)):
            mail = JinjaRenderer().winback(values, locale=locale, template=case.template, variant=case.variant)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                for width in (600, 375):
                    page.set_viewport_size({"width": width, "height": 700})
                    page.set_content(mail.html)
                    found += [f"{case} {scheme} {width}: {each}" for each in _complaints(page, width, scheme)]
                    assert all(word in page.inner_text("body") for word in (values["shop_name"], values["postal"]))
                    looked += 1
    page.close()
    assert found == []
    assert looked == 10 * 2 * 2 * 2


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_long_names_and_codes_fit(browser: Browser, locale: Any) -> None:
    long = {"shop_name": "W" * 60, "buyer_name": "W" * 60, "offer": "W" * 60, "postal": "W" * 200}
    values = every.Case("winback", locale, "a").values() | long
    mail = JinjaRenderer().winback(values, locale=locale, template="winback")
    page = browser.new_page(viewport={"width": 375, "height": 700})
    page.set_content(mail.html)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.close()


@pytest.mark.parametrize(
    ("find", "put", "complaint"),
    [
        ("color:#1f2933", "color:#dddddd", "#dddddd on #ffffff"),
        ("</h1>", '</h1><table role="presentation" width="900"><tr><td>x</td></tr></table>', "wider than 375"),
        ("prefers-color-scheme: dark", "prefers-color-scheme: none", "not dark"),
    ],
)
def test_a_mail_that_is_not_right_is_seen(browser: Browser, find: str, put: str, complaint: str) -> None:
    mail = JinjaRenderer().winback(every.Case("winback", "en", "a").values(), locale="en", template="winback")
    assert find in mail.html
    page = browser.new_page(viewport={"width": 375, "height": 700}, color_scheme="dark" if "dark" in complaint else "light")
    page.set_content(mail.html.replace(find, put))
    assert complaint in _complaints(page, 375, "dark" if "dark" in complaint else "light")
    page.close()
