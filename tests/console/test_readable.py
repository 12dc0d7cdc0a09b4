"""Every page of the console can be read by everybody: axe finds nothing serious, in light and dark, wide and small."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.console.routes import ROUTES
from ops import mail_lint
from tests.console.browser import stack_with_console
from tests.console.served import served
from tests.console.trade import ERP_ORDER, trade
from tests.functional.mail.look import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.chromium
AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`)"""
PAGES = sorted({route.pattern for route in ROUTES if route.method == "GET" and "{" not in route.pattern} - {"members/find"})
OF_ONE = (f"orders/generic/erp/{ERP_ORDER}", "accounts/shopify/acme", "digests/day/2026-11-19", "campaigns/back30")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def axe() -> str:
    """Its script; where it cannot be had the tests are skipped, or fail where it is required."""
    try:
        folder: Path = mail_lint.fetch()
    except mail_lint.Unavailable as error:
        if "mail-lint" in os.environ.get("HUITOU_REQUIRE", ""):
            pytest.fail(f"the checks of pages are required: {error}")
        pytest.skip(f"pages are not checked: {error}")
    return mail_lint.axe(folder)


def serious(page: Page, axe: str) -> list[str]:
    """What axe calls serious, or worse."""
    page.evaluate(axe)
    found: list[str] = page.evaluate(AXE)
    return found


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("zh-CN", "dark", 375)])
def test_every_page_can_be_read(browser: Browser, moto_engine: Any, axe: str, language: str, scheme: Any, width: int) -> None:
    with served(stack_with_console(moto_engine)) as shop:
        trade(shop.stack)
        size: Any = {"width": width, "height": 900}
        page = browser.new_context(locale=language, color_scheme=scheme, viewport=size).new_page()
        page.goto(f"{shop.url}/console/sign-in")
        found = [f"sign-in {each}" for each in serious(page, axe)]
        shop.sign_in(page, "owner")
        for path in (*PAGES, *OF_ONE):
            page.goto(f"{shop.url}/console/m/demo/{path}")
            found += [f"{path} {each}" for each in serious(page, axe)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{path} is wider than {width}")
        page.context.close()
    assert found == []


def test_pale_text_and_a_field_without_a_name_are_found(browser: Browser, axe: str) -> None:
    page = browser.new_page()
    page.set_content('<html lang="en"><title>x</title><main><p style="color:#ccc;background:#fff">pale</p><input></main>')
    found = " ".join(serious(page, axe))
    page.close()
    assert "color-contrast" in found
    assert "label" in found
