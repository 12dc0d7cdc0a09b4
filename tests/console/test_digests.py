"""Digests in the console: the archive with what changed since, each as its readers see it, as files, and to oneself."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.pipeline import deliver
from tests.console.browser import ADDRESSES, CONSOLE, Browser, Got
from tests.functional.exactness.digests import plainly
from tests.functional.exactness.shoppers import bought
from tests.functional.stack import Stack

AT = "/console/m/demo/digests"
SOLD = date(2026, 11, 19)  # yesterday
DAY = f"{AT}/day/2026-11-19"
HOSTILE = "<script>alert(1)</script>"


def shop_of(engine: Any, config: str = CONSOLE) -> Stack:
    """A shop that sold something yesterday."""
    stack = Stack(engine, config)
    bought(stack, "ann", SOLD)
    return stack


def signed(stack: Stack, role: str = "marketing", language: str = "en") -> Browser:
    """A browser of somebody who is signed in."""
    browser = Browser([stack.app], language=language)
    browser.sign_in(stack, role)
    return browser


def opened(browser: Browser, path: str = "") -> Got:
    """A page."""
    got = browser.open(f"{AT}{path}")
    assert got.status == 200, got.body
    return got


def told(stack: Stack) -> None:
    """Yesterday's digest goes out."""
    stack.app.digest.run()
    stack.app.deliver.run(10)


def test_the_archive_says_what_was_told_and_what_has_changed(moto_engine: Any) -> None:
    stack = plainly(shop_of(moto_engine))
    browser = signed(stack)
    assert opened(browser).body.count("Not sent</span>") == 30
    told(stack)
    listed = opened(browser).body
    assert listed.count("Sent to its readers</span>") == 1 and "CN¥20.00" in listed and "Changed since" not in listed
    bought(stack, "bob", SOLD)  # it came late
    stack.app.digest.report(stack.app.press.daybook.remembered("demo", [_yesterday()])[0].period)
    assert "Changed since it was sent" in opened(browser).body
    shown = opened(browser, "/day/2026-11-19").body
    assert "CN¥20.00" in shown and "CN¥40.00" in shown and "What the digest said first" in shown


def _yesterday() -> Any:
    from chalicelib.domain.periods import period_of

    return period_of("day", SOLD)


def test_thirty_of_each_kind_and_none_that_is_not_over(moto_engine: Any) -> None:
    stack = plainly(Stack(moto_engine, CONSOLE))
    for language in ("en", "zh-CN"):
        browser = signed(stack, language=language)
        for kind in ("day", "week", "month"):
            page = opened(browser, f"?kind={kind}")
            links = [link for link in page.links if f"/digests/{kind}/" in link]
            assert len(links) == len(set(links)) == 30
            assert browser.open(links[-1]).status == 200
    assert browser.open(f"{AT}?kind=year").status == 404
    for path in ("day/2026-11-20", "week/2026-11-20", "month/2026-11-20", "day/x", "year/2026-11-01", "day/9999-12-31"):
        for ending in ("", "/mail", "/file/csv"):
            assert browser.open(f"{AT}/{path}{ending}").status == 404


def test_the_mail_in_its_frame_with_its_pictures_and_files(moto_engine: Any) -> None:
    stack = shop_of(moto_engine)
    browser = signed(stack)
    page = opened(browser, "/day/2026-11-19")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"][0]
    frame = page.body.split('<iframe class="frame" sandbox src="')[1].split('"')[0].replace("&amp;", "&")
    assert "role=marketing" in frame and "language=en" in frame
    mail = browser.get(frame)
    policy = mail.headers["Content-Security-Policy"][0]
    assert policy.startswith("sandbox; default-src 'none'") and "img-src data:" in policy
    assert "data:image/png;base64," in mail.body and "cid:" not in mail.body
    files = {link.split("?")[0].rpartition("/")[2]: link for link in page.links if "/file/" in link}
    table = browser.get(files["csv"])
    assert table.headers["Content-Disposition"] == ['attachment; filename="digest-2026-11-19.csv"']
    assert table.body.startswith("\ufeffsection,") and "20.00" in table.body
    assert json.loads(browser.get(files["json"]).body)["schema"] == "huitou-digest/1"
    assert browser.open(files["csv"].replace("/csv", "/exe")).status == 404


def test_as_its_reader_and_in_their_language(moto_engine: Any) -> None:
    reader = f'[[digest.readers]]\naddress = "{ADDRESSES["ops"].upper()}"\nrole = "service"\nlocale = "zh-CN"\n'
    config = CONSOLE.replace("[console]\n", f"{reader}[console]\n", 1)
    stack = plainly(Stack(moto_engine, config))
    assert "role=service&amp;language=zh-CN" in opened(signed(stack, "ops"), "/day/2026-11-19").body
    browser = signed(stack, "owner")
    assert "role=owner&amp;language=en" in opened(browser, "/day/2026-11-19").body
    chosen = opened(browser, "/day/2026-11-19?role=supply&language=zh-CN").body
    assert "role=supply&amp;language=zh-CN" in chosen
    odd = opened(browser, f"/day/2026-11-19?role={HOSTILE}&language=xx").body
    assert "role=owner&amp;language=en" in odd and HOSTILE not in odd


def test_it_goes_to_the_signed_in_address_once_a_click(moto_engine: Any) -> None:
    stack = plainly(Stack(moto_engine, CONSOLE))
    browser = signed(stack)
    before = len(stack.channel.mails)
    form = opened(browser, "/day/2026-11-19").form("/send")
    for _ in range(2):
        got = browser.submit(form, address="somebody@else.example", recipient="somebody@else.example")
        assert "It is on its way to you" in got.body
        stack.app.deliver.run(10)
    (mail,) = stack.channel.mails[before:]
    assert (mail.recipient, mail.rendered.subject) == (ADDRESSES["marketing"], "Digest 2026-11-19")
    assert mail.unsubscribe_url is None and "leave None" in mail.rendered.text
    browser.submit(opened(browser, "/day/2026-11-19").form("/send"))
    stack.app.deliver.run(10)
    assert len(stack.channel.mails) == before + 2, "another click is another copy"
    assert "failed=form-malformed" in browser.post(form.action, form.fields | {"click": "../x"}).location


def test_whoever_lost_their_seat_meanwhile_gets_nothing(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = plainly(Stack(moto_engine, CONSOLE))
    browser = signed(stack, "ops")
    for _ in range(2):
        browser.submit(opened(browser, "/day/2026-11-19").form("/send"))
    before, config = len(stack.channel.mails), stack.config
    stack.config = parse(CONSOLE.replace(ADDRESSES["ops"], "new@demo.example"))
    stack.app.deliver.run(1)
    assert len(stack.channel.mails) == before
    stack.config = config
    monkeypatch.setattr(deliver, "COPY", "another word")
    stack.app.deliver.run(1)
    assert len(stack.channel.mails) == before, "who is no reader gets a copy as one of the console's people, or not at all"


def test_only_who_may_and_only_with_a_sender(moto_engine: Any) -> None:
    stack = plainly(Stack(moto_engine, CONSOLE))
    viewer = signed(stack, "viewer")
    page = opened(viewer, "/day/2026-11-19")
    assert not [form for form in page.forms if form.action.endswith("/send")]
    token = {"form": page.forms[1].fields["form"], "click": "0" * 16}
    assert viewer.post(f"{DAY}/send", token).status == 403
    stack.config = parse(CONSOLE.replace('sender = "Demo <digest@demo.example>"\n', "").replace("recipients", "# recipients"))
    browser = Browser([stack.app])
    browser.sign_in(stack)
    page = opened(browser, "/day/2026-11-19")
    assert "No sender of digests is named" in page.body
    token = {"form": page.forms[1].fields["form"], "click": "0" * 16}
    assert "failed=digest-without-sender" in browser.post(f"{DAY}/send", token).location


def test_a_hostile_name_of_the_shop_is_a_name(moto_engine: Any) -> None:
    stack = Stack(moto_engine, CONSOLE.replace('name = "Demo"', f'name = "{HOSTILE}"'))
    browser = signed(stack)
    assert "<script>alert" not in opened(browser, "/day/2026-11-19").body
    assert "<script>alert" not in browser.get(f"{DAY}/mail").body
