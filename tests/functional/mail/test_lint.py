"""What validators and tables of mail clients say of the mails' HTML, and what a person with a screen reader would miss."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chalicelib.adapters.render import JinjaRenderer
from ops import mail_lint
from tests.functional.mail.look import chromium
from tests.unit.mail import every, reports, whole

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# What some client is known to drop, and why the mail can be read without it. Anything else is a finding.
DROPPED = {
    "@media": "phones and dark mode; without it the mail is light and 600 wide",
    "Class selector": "in that same sheet",
    "Type selector": "in that same sheet",
    "ID selector": "in that same sheet",
    "Chaining selectors": "in that same sheet",
    "Descendant combinator": "in that same sheet",
    "<body> element": "replaced by an element that keeps its style; the background is on a div as well",
    "display:none": "the preheader; where it is shown it is a sentence like others",
    "overflow": "the preheader",
    "outline": "the frame's sheet, for links, of which there are none",
    "border-radius": "square corners do as well",
    "word-break": "a very long name makes its column wide",
    "table-layout": "the scores of a survey stand as wide as they are",
    "word-spacing": "the frame's own",
    "white-space": "amounts hold no space to break at",
    "aria-label attribute": "an old client's reader spells out the small bars",
    "role attribute": "an old client's reader announces tables of the layout",
    "target attribute": "links open where the client opens them",
}


@pytest.fixture(scope="module")
def linter() -> Path:
    """The checks; where they cannot be had the tests are skipped, or fail where they are required."""
    try:
        return mail_lint.fetch()
    except mail_lint.Unavailable as error:
        if "mail-lint" in os.environ.get("HUITOU_REQUIRE", ""):
            pytest.fail(f"the checks of mails are required: {error}")
        pytest.skip(f"the HTML of mails is not checked: {error}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@cache
def _digests() -> dict[str, str]:
    renderer = JinjaRenderer()
    days = (*reports.ALL, whole.everything)
    return {f"{day.__name__} {locale}": renderer.digest(day(locale)).html for day in days for locale in ("en", "zh-CN")}


def _messages() -> dict[str, str]:
    renderer = JinjaRenderer()
    cases = [case for case in every.ALL if case.locale in ("en", "zh-CN", "th")]
    made = (renderer.winback(case.values(), locale=case.locale, template=case.template, variant=case.variant) for case in cases)
    return {str(case): mail.html for case, mail in zip(cases, made, strict=True)}


def test_mails_are_valid_and_rest_on_nothing_that_a_client_drops(linter: Path) -> None:
    found = mail_lint.lint(linter, _digests() | _messages())
    assert len(found) > 40
    assert {name: one.valid for name, one in found.items() if one.valid} == {}
    dropped = {re.sub(r"^`(.+)` is not supported by .*$", r"\1", said) for one in found.values() for said in one.clients}
    assert dropped == set(DROPPED)


def test_what_no_client_shows_is_found(linter: Path) -> None:
    html = next(iter(_digests().values()))
    wrong = html.replace("<h1", '<div style="position:fixed;float:left"><img src="cid:x"></div><td>x</td><h1')
    (found,) = mail_lint.lint(linter, {"wrong": wrong}).values()
    assert any("wcag/h37" in said for said in found.valid)
    assert any("element-permitted-parent" in said or "element-permitted-content" in said for said in found.valid)
    assert any("position" in said for said in found.clients)


_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`)"""


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_a_digest(linter: Path, browser: Browser, scheme: str) -> None:
    for name in ("everything en", "restated zh-CN", "stale en", "thirty zh-CN"):
        html = _digests()[name]
        assert _serious(browser, linter, html, scheme) == [], name


@pytest.mark.chromium
def test_a_picture_without_words_and_pale_text_are_found(linter: Path, browser: Browser) -> None:
    pale = '<!DOCTYPE html><html lang="en"><title>x</title><body><img src="cid:x"><p style="color:#bbb;background:#fff">pale</p>'
    found = " ".join(_serious(browser, linter, pale, "light"))
    assert "image-alt" in found
    assert "color-contrast" in found


def _serious(browser: Browser, linter: Path, html: str, scheme: str) -> list[str]:
    page = browser.new_page(viewport={"width": 600, "height": 800}, color_scheme="dark" if scheme == "dark" else "light")
    page.set_content(html)
    page.evaluate(mail_lint.axe(linter))
    found: list[str] = page.evaluate(_AXE)
    page.close()
    return found
