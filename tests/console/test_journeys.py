"""The main ways through the console in a real browser, in both languages, under a stage and under a domain of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.console import test_reviews as reviews
from tests.console.browser import ADDRESSES, PEOPLE, stack_with_console
from tests.console.served import Served, served
from tests.console.trade import ERP_ORDER, MAIL, trade
from tests.functional.exactness.shoppers import bought, campaign, rows_of, shop_of
from tests.functional.exactness.test_answers import PRAISE
from tests.functional.mail.look import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.chromium
WAYS = [("en", ""), ("zh-CN", "api")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with chromium() as found:
        yield found


@contextmanager
def visited(browser: Browser, shop: Served, language: str, role: str, **options: Any) -> Iterator[Page]:
    """A signed-in person's page; nothing that the browser complains of is passed over."""
    context = browser.new_context(locale=language, **options)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    shop.sign_in(page, role)
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize(("language", "stage"), WAYS)
def test_in_round_and_out(browser: Browser, moto_engine: Any, language: str, stage: str) -> None:
    with (
        served(stack_with_console(moto_engine), stage) as shop,
        visited(browser, shop, language, "owner") as page,
    ):
        assert page.locator("html").get_attribute("lang") == language
        for link in [str(each.get_attribute("href")) for each in page.locator("nav.menu a").all()]:
            page.goto(shop.url.removesuffix(f"/{stage}" if stage else "") + link)
            assert page.locator("h1").count() == 1
            assert page.locator("nav.menu a[aria-current]").get_attribute("href") == link
        with page.expect_navigation():
            page.locator("header form[action$=language] button").click()
        assert page.locator("html").get_attribute("lang") == ("en" if language == "zh-CN" else "zh-CN")
        page.locator("header form[action$=sign-out] button").click()
        page.wait_for_url("**/sign-in")


def test_by_keys_alone_and_without_scripts(browser: Browser, moto_engine: Any) -> None:
    with (
        served(stack_with_console(moto_engine)) as shop,
        visited(browser, shop, "en", "ops", java_script_enabled=False) as page,
    ):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", "the first stop leads past the menu"
        for _ in range(20):
            page.keyboard.press("Tab")
            if str(page.evaluate("document.activeElement.getAttribute('href')")).endswith("/accounts"):
                break
        page.keyboard.press("Enter")
        page.wait_for_url("**/accounts")
        account = page.locator("main table a").first
        account.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/accounts/shopify/acme")
        page.locator("main form[action$=pause] summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**said=done*")
        assert shop.stack.app.pauses.state("shopify", "acme").paused


@pytest.mark.parametrize(("language", "stage"), WAYS)
def test_a_draft_is_read_agreed_to_and_said_on_the_platform(browser: Browser, moto_engine: Any, language: str, stage: str) -> None:
    stack, platform = reviews.shop_of(moto_engine)
    with served(stack, stage, reviews.SHOP) as shop, visited(browser, shop, language, "marketing") as page:
        reviews.tell(stack, "r-1", PRAISE, 5)
        page.locator("nav.menu a[href$=reviews]").click()
        page.locator("a[href$='/review/r-1']").first.click()
        page.locator("main form[action$=approve] button.main").click()
        page.wait_for_url("**said=*")
        assert platform.said == []
        stack.app.deliver.run(10)
        assert [name for name, _ in platform.said] == ["r-1"]
        page.reload()
        assert platform.said[0][1].split()[0] in page.locator("main").inner_text()


@pytest.mark.parametrize(("language", "stage"), WAYS)
def test_a_campaign_is_looked_at_and_started(browser: Browser, moto_engine: Any, language: str, stage: str) -> None:
    config = shop_of(campaign(), PEOPLE)
    stack = stack_with_console(moto_engine, config)
    with served(stack, stage, config) as shop, visited(browser, shop, language, "marketing") as page:
        member = bought(stack, "ann", date(2026, 10, 21))
        page.locator("nav.menu a[href$=campaigns]").click()
        page.locator("a[href$='/campaigns/try']").first.click()
        page.locator("iframe").first.scroll_into_view_if_needed()
        assert page.frame_locator("iframe").first.locator("body").inner_text().strip(), "the mail is there to be looked at"
        page.locator("a[href*='/try/preview']").first.click()
        page.wait_for_url("**/preview**")
        page.locator("main form[action$=approve] summary").click()
        page.locator("main form[action$=approve] details button").click()
        page.wait_for_url("**said=*")
        assert stack.app.trigger.sweep() == 1
        stack.app.deliver.run(10)
        assert [row.state for row in rows_of(stack, member)] == ["sent"]


@pytest.mark.parametrize(("language", "stage"), WAYS)
def test_an_order_is_found_by_its_number_and_its_buyer_on_request(
    browser: Browser, moto_engine: Any, language: str, stage: str
) -> None:
    stack = stack_with_console(moto_engine)
    with served(stack, stage) as shop, visited(browser, shop, language, "owner") as page:
        trade(stack)
        page.locator("nav.menu a[href$=orders]").click()
        page.locator("form[role=search] input[name=q]").fill(f"NO-{ERP_ORDER}")
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        link = page.locator(f"a[href$='/{ERP_ORDER}']")
        if link.count():
            link.first.click()
        page.wait_for_url(f"**/{ERP_ORDER}")
        assert MAIL not in page.content()
        assert page.locator("main script, main img").count() == 0, "a hostile name is a name"
        page.locator("main form[action$=reveal] summary").click()
        page.locator("main form[action$=reveal] details button").click()
        page.wait_for_url("**/reveal")
        assert MAIL in page.content()


@pytest.mark.parametrize(("language", "stage"), WAYS)
def test_what_lies_in_quarantine_goes_on_its_way_again(browser: Browser, moto_engine: Any, language: str, stage: str) -> None:
    stack = stack_with_console(moto_engine)
    with served(stack, stage) as shop, visited(browser, shop, language, "ops") as page:
        assert stack.push("shopify", "acme", b'{"id": 1, "line_items": "none"}', {"X-Shopify-Topic": "orders/create"}) == 200
        stack.normalise()
        page.locator("nav.menu a[href$=intake]").click()
        page.locator("main a[href*='/intake/']").first.click()
        page.locator("main form[action$=replay] button.main").click()
        page.wait_for_url("**said=queued*")
        assert len(stack.bulk.bodies) == 1


@pytest.mark.parametrize(("language", "stage"), WAYS)
def test_a_digest_is_looked_at_and_sent_to_oneself(browser: Browser, moto_engine: Any, language: str, stage: str) -> None:
    stack = stack_with_console(moto_engine)
    with served(stack, stage) as shop, visited(browser, shop, language, "marketing") as page:
        bought(stack, "ann", date(2026, 11, 19))
        page.locator("nav.menu a[href$=digests]").click()
        page.locator("main a[href$='/digests/day/2026-11-19']").first.click()
        assert page.frame_locator("iframe").first.locator("img").first.get_attribute("src"), "with its pictures"
        before = len(stack.channel.mails)
        page.locator("main form[action$=send] button.main").click()
        page.wait_for_url("**said=*")
        stack.app.deliver.run(10)
        assert [mail.recipient for mail in stack.channel.mails[before:]] == [ADDRESSES["marketing"]]
