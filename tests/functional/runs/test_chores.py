"""What is done once a day: yesterday compared, and tokens that nobody uses kept alive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.tokens import TokenStore
from chalicelib.contract import Account, Api, Page, Secrets, Token
from chalicelib.errors import Permanent, Retriable
from chalicelib.jobs import decode
from chalicelib.leases import JobName
from tests.functional.runs.platform import FAKE, MADE, Desk, Listed, every
from tests.functional.stack import NOW, NoHttp, Stack

RECONCILE = JobName("reconcile", "fake", "acme")
HOUR = timedelta(hours=1)
LIVES = timedelta(days=7)  # a refresh token that is not used


def looks(desk: Desk, times: int, every: timedelta) -> None:
    """The schedule looks so many times, and all is done at once."""
    for _ in range(times):
        desk.jobs.fan_out()
        desk.work()
        desk.stack.clock.at += every


def test_each_day_is_reconciled_once_when_it_is_over(moto_stack: Stack) -> None:
    desk = Desk(moto_stack, Listed(every(2, HOUR, NOW)), daily=True)
    moto_stack.clock.at = datetime.fromisoformat("2026-11-20T00:00:00+08:00")
    looks(desk, 4, 30 * timedelta(minutes=1))
    assert desk.reconciled == [], "before two in the morning much of yesterday is still to be told"
    looks(desk, 16, 3 * HOUR)
    assert [day for *_, day in desk.reconciled] == [date(2026, 11, 19), date(2026, 11, 20)]


def test_what_failed_is_tried_again_an_hour_later(moto_stack: Stack) -> None:
    desk = Desk(moto_stack, Listed(every(2, HOUR, NOW)), daily=True)

    def away() -> None:
        raise Retriable("platform-unavailable")

    desk.breaks = away
    looks(desk, 5, 15 * timedelta(minutes=1))
    assert len(desk.reconciled) == 2
    assert desk.leases.state("demo", RECONCILE).failing_since == NOW
    desk.breaks = lambda: None
    looks(desk, 5, 15 * timedelta(minutes=1))
    assert len(desk.reconciled) == 3 and desk.leases.state("demo", RECONCILE).reason is None


def test_a_held_account_and_one_that_is_never_pulled_are_left_alone(moto_stack: Stack) -> None:
    desk = Desk(moto_stack, Listed({}), daily=True)
    desk.pauses.pause("fake", "acme", "ops")
    looks(desk, 2, HOUR)
    assert desk.reconciled == []
    quiet = Desk(moto_stack, Listed({}), MADE.replace(FAKE, FAKE.replace("5", "0")), daily=True)
    looks(quiet, 2, HOUR)
    assert quiet.reconciled == []


class Leased(Listed):
    """A platform whose refresh token is good for one use and for a week; its access token lives for two hours."""

    info = replace(Listed.info, api_secrets=("refresh_token",))

    def __init__(self, stack: Stack) -> None:
        super().__init__({})
        self.stack = stack
        self.good = ("first", stack.clock.at + LIVES)
        self.renewed = 0

    def renew(self, last: Token | None) -> Token:
        """A new pair by the last one, if it is still good."""
        given = last.refresh_token if last else "first"
        token, until = self.good
        if given != token or self.stack.clock.at > until:
            raise Permanent("token-revoked", "lapsed")
        self.renewed += 1
        self.good = (f"refresh-{self.renewed}", self.stack.clock.at + LIVES)
        return Token(f"access-{self.renewed}", self.stack.clock.at + 2 * HOUR, self.good[0])

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Asked for with a token."""
        api.tokens.get(self.renew)
        return super().pull_orders(since, until, cursor, api)


class Hub:
    """A platform, with the account's real tokens."""

    def __init__(self, platform: Leased, given: dict[str, tuple[str, ...]]) -> None:
        self._platform = platform
        self._secrets = Secrets(given)

    def connector(self, _key: str) -> Any:
        """The platform."""
        return self._platform

    def api(self, account: Account) -> Api:
        """Its API, tokens from the table."""
        parts = self._platform.stack.app.parts
        store = TokenStore(parts.table, parts.vault, account, self._secrets, clock=parts.clock, counters=parts.counters)
        return Api(account, self._secrets, NoHttp(), store, parts.clock.now)


def quiet(stack: Stack, given: dict[str, tuple[str, ...]]) -> tuple[Desk, Leased]:
    """An account that nobody pulls."""
    platform = Leased(stack)
    desk = Desk(stack, platform, MADE.replace(FAKE, FAKE.replace("5", "0")))
    hub = Hub(platform, given)
    for part in (desk.pull, desk.jobs._chores["token"]):
        part._connectors = hub  # type: ignore[union-attr]
    desk.hub = hub
    return desk, platform


def test_a_token_that_nobody_uses_is_kept_alive(stack: Stack) -> None:
    desk, platform = quiet(stack, {"refresh_token": ("first",)})
    looks(desk, 9, timedelta(days=1))
    assert 8 <= platform.renewed <= 9, "once a day"
    api = desk.hub.api(Account("demo", "fake", "acme"))
    assert api.tokens.get(platform.renew).startswith("access-"), "the first push in weeks that needs a call finds one"
    assert stack.inbound.bodies == [] and stack.bulk.bodies == []


def test_without_that_the_shop_is_lost(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.chores.TokenChore.due", lambda *_: False)
    desk, platform = quiet(stack, {"refresh_token": ("first",)})
    looks(desk, 9, timedelta(days=1))
    with pytest.raises(Retriable, match="account-paused"):
        desk.hub.api(Account("demo", "fake", "acme")).tokens.get(platform.renew)


def test_nothing_is_asked_where_there_is_no_token_or_pulls_use_it(moto_stack: Stack) -> None:
    desk, platform = quiet(moto_stack, {})
    looks(desk, 3, timedelta(days=1))
    assert platform.renewed == 0 and platform.asked == [] and moto_stack.counters.total("job_failed") == 0
    pulled = Desk(moto_stack, Leased(moto_stack), daily=True)
    pulled.jobs.fan_out()
    assert [job.kind for body in moto_stack.jobs.bodies if (job := decode(body)).platform == "fake"] == ["orders", "reconcile"]
