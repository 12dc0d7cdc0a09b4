"""People: who is signed in and may be signed out, and what was done, by month and by actor. For owners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import audit
from chalicelib.audit import Audit
from chalicelib.console.visit import Visit
from tests.console.browser import ADDRESSES, CONSOLE, Browser, stack_with_console
from tests.functional.stack import HandClock, Stack

PAGE = "/console/m/demo/people"


@pytest.fixture(scope="module")
def shop(moto_engine: Any) -> Stack:
    """A shop with people."""
    return stack_with_console(moto_engine, CONSOLE)


def test_whoever_is_signed_out_by_an_owner_is_out_at_once(shop: Stack, owner: Browser) -> None:
    other = Browser([shop.app])
    other.sign_in(shop, "viewer")
    page = owner.get(PAGE)
    assert page.body.count("this browser") == 1, "and it is the owner's own"
    theirs = [each for each in shop.app.signing_in.sessions() if each[1] == ADDRESSES["viewer"]]
    (name, _, _) = theirs[0]
    form = page.form(f"/{name}/revoke")
    assert owner.submit(form).status == 200
    assert other.get("/console/m/demo").status == 303
    assert owner.submit(form).status == 200, "again is the same"
    (row,) = {
        (row.actor, row.subject)
        for row in shop.app.audit.read("demo", datetime(2026, 11, 1, tzinfo=UTC))
        if row.act == "session.revoke"
    }
    assert row == (ADDRESSES["owner"], name)


def test_nothing_on_the_page_opens_a_session(shop: Stack, owner: Browser) -> None:
    from chalicelib.console import door

    body = owner.get(PAGE).body
    assert owner.cookies[door.SESSION].partition(".")[2] not in body
    for name, _, _ in shop.app.signing_in.sessions():
        thief = Browser([shop.app])
        thief.cookies[door.SESSION] = f"demo.{name}"
        assert thief.get("/console/m/demo").status == 303


def test_a_page_knows_its_sessions_name_and_not_its_secret(shop: Stack, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.console import door
    from chalicelib.console.pages import overview

    seen: list[str] = []

    def told(visit: Visit) -> list[str]:
        seen.append(visit.session)
        return []

    monkeypatch.setattr(overview, "_unapproved", told)
    owner.get("/console/m/demo")
    assert seen[0] in [name for name, _, _ in shop.app.signing_in.sessions()]
    assert seen[0] != owner.cookies[door.SESSION].partition(".")[2]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_was_done_is_told_in_words(owner: Browser, language: str) -> None:
    got = owner.get(PAGE, Accept_Language=language)
    assert ("signed in" if language == "en" else "登录") in got.body
    assert all(address in got.body for address in ADDRESSES.values())


def test_a_hostile_subject_or_month_stays_text(shop: Stack, owner: Browser) -> None:
    shop.app.audit.note("demo", "cli <b>", "<script>act", '"><img src=x onerror=alert(1)>')
    for query in ("", "?actor=%3Cscript%3E&month=2026-13&before=%00%27", "?month=1999-01", "?before=zzz"):
        assert owner.get(PAGE + query).status == 200


def test_rows_come_in_pages_by_actor_each_once(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.adapters.audit import DynamoAudit
    from ops.local import local_table

    clock = HandClock()
    kept = Audit(DynamoAudit(local_table(shop.engine)), clock)
    for number in range(23):
        kept.note("paged", "even" if number % 2 == 0 else "odd", "act", str(number))
        clock.at += timedelta(seconds=number % 3)  # several of one instant
    monkeypatch.setattr(audit, "MOST_LOOKED", 4)
    whole = [row.subject for row in kept.read("paged", clock.at - timedelta(days=1))]
    assert len(whole) == 23
    for actor, wanted in (("", set(whole)), ("odd", {each for each in whole if int(each) % 2}), ("nobody", set())):
        found, before, pages = [], "", 0
        while True:
            rows, before = kept.page("paged", "2026-11", actor=actor, before=before, limit=5)
            assert len(rows) <= 5
            found += [row.subject for row in rows]
            pages += 1
            if not before:
                break
        assert sorted(found) == sorted(wanted)
        assert pages > 3
    assert kept.page("paged", "2026-10") == ([], "")
