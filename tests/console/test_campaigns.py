"""Campaigns in the console: how they are, a look ahead, a yes to what was seen, a stop that stops, and what they brought."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.campaign_results import Arm, Between, Gained, Result
from chalicelib.config import parse
from chalicelib.domain.gate import RULES
from chalicelib.feedback import Halt, _text
from tests.console.browser import ADDRESSES, PEOPLE, Browser, Got
from tests.functional.exactness.shoppers import bought, campaign, later, rows_of, shop_of
from tests.functional.stack import NOW, Stack

LAPSED = date(2026, 10, 21)
AT = "/console/m/demo/campaigns"


def shop_with(engine: Any, *buyers: str, **keys: Any) -> tuple[Stack, list[str]]:
    """A shop with one campaign, and members who lapsed today."""
    stack = Stack(engine, shop_of(campaign(**keys), PEOPLE))
    return stack, [bought(stack, name, LAPSED) for name in buyers]


def signed(stack: Stack, role: str = "marketing", language: str = "en") -> Browser:
    """A browser of somebody who is signed in."""
    browser = Browser([stack.app], language=language)
    browser.sign_in(stack, role)
    return browser


def opened(browser: Browser, path: str = "/try") -> Got:
    """A page."""
    got = browser.open(f"{AT}{path}")
    assert got.status == 200, got.body
    assert len(got.body.encode()) < 150_000
    return got


def drawn(stack: Stack) -> int:
    """The next sweep, as scheduled."""
    return stack.app.trigger.sweep()


def test_looked_at_approved_sent_and_stopped(moto_engine: Any) -> None:
    stack, members = shop_with(moto_engine, "ann", "bob", budget=10_000)
    browser = signed(stack)
    assert "Waits for approval" in opened(browser, "").body and drawn(stack) == 0
    ahead = opened(browser, "/try/preview")
    assert "Of 2 members whom the next run looks at, 2 would be written to now and 0 later." in ahead.body
    assert rows_of(stack, *members) == [], "a look writes nothing"
    got = browser.submit(ahead.form("/approve"))
    assert "It runs from the next sweep on" in got.body and "Running" in got.body and ADDRESSES["marketing"] in got.body
    assert drawn(stack) == 2 and len(rows_of(stack, *members)) == 2
    stack.app.deliver.run(1)
    assert "1 of 1,000" in opened(browser).body
    stopped = browser.submit(opened(browser).form("/stop"))
    assert "Nothing of it goes any more" in stopped.body and "Stopped" in stopped.body
    states = sorted((row.state, row.reason) for row in rows_of(stack, *members))
    assert states == [("cancelled", "stopped"), ("sent", None)]
    bought(stack, "cyd", LAPSED + timedelta(days=1))
    later(stack, days=1)
    assert drawn(stack) == 0, "a campaign that was stopped draws nobody, whoever comes due"
    again = signed(stack)
    again.submit(opened(again, "/try/preview").form("/approve"))
    assert drawn(stack) == 1


def test_what_a_sweep_queued_while_somebody_stopped_it_does_not_go(moto_engine: Any) -> None:
    stack, members = shop_with(moto_engine, "ann")
    stack.sweep()
    stack.app.trigger.withdraw("try")  # the sweep had asked before
    stack.app.deliver.run(10)
    assert [row.state for row in rows_of(stack, *members)] == ["deferred"]
    stack.app.trigger.approve("try")
    later(stack, hours=2)
    stack.app.deliver.run(10)
    assert [row.state for row in rows_of(stack, *members)] == ["sent"], "the yes is what was missing"


def test_a_yes_is_to_the_version_that_was_seen(moto_engine: Any) -> None:
    stack, _ = shop_with(moto_engine, "ann")
    browser = signed(stack)
    form = opened(browser, "/try/preview").form("/approve")
    stack.config = parse(shop_of(campaign(daily_cap=5), PEOPLE))
    assert "edited meanwhile" in browser.submit(form).body and drawn(stack) == 0
    browser.submit(opened(browser, "/try/preview").form("/approve"))
    assert drawn(stack) == 1
    stack.config = parse(shop_of(campaign(daily_cap=6), PEOPLE))
    assert "Edited since it was approved" in opened(browser).body
    stack.config = parse(shop_of(campaign(enabled=False), PEOPLE))
    assert "switched off in huitou.toml" in browser.submit(form, version=stack.config.campaigns[0].version).body


def test_one_that_could_never_be_said_is_not_approved(moto_engine: Any) -> None:
    stack, _ = shop_with(moto_engine, "ann", template="offer_expiring")
    browser = signed(stack)
    ahead = opened(browser, "/try/preview")
    assert "names an offer" in ahead.body and not [form for form in ahead.forms if form.action.endswith("/approve")]
    fields = {"form": ahead.forms[1].fields["form"], "version": stack.config.campaigns[0].version}
    assert "failed=offer-missing" in browser.post(f"{AT}/try/approve", fields).location
    assert not stack.app.trigger.is_approved(stack.config.campaigns[0])
    assert opened(browser).status == 200


def test_a_channel_that_stopped_itself(moto_engine: Any) -> None:
    stack, _ = shop_with(moto_engine)
    stack.app.trigger.approve("try")
    stack.app.marks.put("demo", "halted#email", _text(Halt(True, NOW, "complaints", 2000, 3, 7)), expected_version=0)
    browser = signed(stack)
    assert "Stopped itself" in opened(browser, "").body
    told = opened(browser)
    assert "Of 2,000 sends 3 bounced and 7 were complained of" in told.body
    after = browser.submit(told.form("/resume"))
    assert "Running" in after.body and stack.app.feedback.halted("demo", "email") is None
    assert "has not stopped" in browser.submit(told.form("/resume")).body


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_both_variants_as_they_would_look(moto_engine: Any, language: str) -> None:
    stack, _ = shop_with(moto_engine)
    browser = signed(stack, language=language)
    told = opened(browser)
    frames = [part.split('"')[0].replace("&amp;", "&") for part in told.body.split(' src="')[1:] if "/mail/" in part.split('"')[0]]
    assert len(frames) >= 2 and "frame-src 'self'" in told.headers["Content-Security-Policy"][0]
    bodies = {browser.get(frame).body for frame in frames}
    assert len(bodies) == len(frames) and all("<html" in body for body in bodies)
    policy = browser.get(frames[0]).headers["Content-Security-Policy"][0]
    assert policy.startswith("sandbox;") and "frame-ancestors 'self'" in policy
    for path in ("/try/mail/9/a", "/try/mail/x/a", "/try/mail/1/zz", "/none", "/none/preview"):
        assert browser.open(f"{AT}{path}").status == 404
    opened(browser, "/try/preview")


def test_what_it_brought_is_reckoned_when_asked(moto_engine: Any) -> None:
    stack, _ = shop_with(moto_engine, "ann", "bob", holdout_permille=0)
    browser = signed(stack, "viewer")
    assert "Nobody has asked yet" in opened(browser).body
    stack.sweep()
    stack.settle()
    got = browser.submit(opened(browser).form("/reckon"))
    assert "Not enough data" in got.body and "100 people and 10 buyers" in got.body
    assert 'aria-label="2 drawn, 2 to be written to, 0 bought"' in got.body
    for days in ({"first": "2026-11-21", "last": "2026-11-20"}, {"first": "2020-01-01"}, {"first": "x"}):
        assert "Choose from 1 to 366 days" in browser.submit(opened(browser).form("/reckon"), **days).body


def test_too_many_are_not_looked_up_while_somebody_waits(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib import campaign_results

    stack, _ = shop_with(moto_engine, "ann", "bob")
    stack.sweep()
    stack.settle()
    monkeypatch.setattr(campaign_results, "MOST_FOLLOWED", 1)
    monkeypatch.setattr(stack.app.campaign_reports, "report", None)
    browser = signed(stack)
    assert "Too many people were drawn" in browser.submit(opened(browser).form("/reckon")).body


@pytest.mark.parametrize(("language", "words"), [("en", "95 %: CN¥10.00 to"), ("zh-CN", "95% 区间：")])
def test_a_result_with_its_interval(moto_engine: Any, language: str, words: str) -> None:
    stack, _ = shop_with(moto_engine)
    share, each = Between(450, 120, 780, clear=True), Between(30_00, -1_00, 61_00, clear=False)
    gained = Gained(share, each, 600_00, 240_00, 50_00, 10_00, 180_00, 10_00, 350_00, 3000)
    arms = (Arm(200, 30, 3000_00), Arm(100, 10, 900_00))
    held = (("suppressed", "holdout", 100), ("cancelled", "nobody_knows_this", 1))
    found = Result(NOW, LAPSED, LAPSED, "CNY", 30, None, 1, 300, 0, 20, *arms, (("email", 1, 190),), held, gained)
    stack.app.outreach.results._keep("demo", "try", found)
    body = opened(signed(stack, language=language)).body
    assert "+4.50" in body and "+¥180.00" in body.replace("CN¥", "¥") and "300.0%" in body and "nobody_knows_this" in body
    assert words.replace("CN¥10.00", "+CN¥10.00") in body
    assert "It may be nothing" in body or language == "zh-CN"


def test_a_look_ahead_is_bounded_and_says_so(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.console.pages import campaigns

    stack, _ = shop_with(moto_engine, "ann", "bob", "cyd")
    monkeypatch.setattr(campaigns, "LOOKED", 2)
    body = opened(signed(stack), "/try/preview").body
    assert "Of 2 members" in body and "huitou winback preview try" in body


def test_who_only_reads_starts_and_stops_nothing(moto_engine: Any) -> None:
    stack, _ = shop_with(moto_engine, "ann")
    viewer = signed(stack, "viewer")
    ahead = opened(viewer, "/try/preview")
    assert not [form for form in ahead.forms if "/campaigns/" in form.action]
    fields = {"form": ahead.forms[1].fields["form"], "version": stack.config.campaigns[0].version, "channel": "email"}
    for deed in ("approve", "stop", "resume"):
        assert viewer.post(f"{AT}/try/{deed}", fields).status == 403
    assert drawn(stack) == 0


def test_every_reason_has_words() -> None:
    from chalicelib.adapters.console_pages import Say
    from ops.cli.foresight import MEANING

    for say in (Say("en"), Say("zh-CN")):
        assert [name for name in (*RULES, *MEANING) if not say.has(f"campaigns.why_{name}")] == []
