"""A token is refreshed by one worker; an authorisation that was revoked pauses its account, once."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.adapters.tokens import PAUSE, TokenStore
from chalicelib.contract import Account, HttpRequest, HttpResponse, Rate, Secrets, Token
from chalicelib.errors import Permanent, Retriable
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import Stack

SHOP = Account("demo", "douyin", "95250")


def stores(stack: Stack, count: int, refresh_token: str = "given") -> list[TokenStore]:
    parts, secrets = stack.app.parts, Secrets({"refresh_token": (refresh_token,)})
    return [TokenStore(parts.table, parts.vault, SHOP, secrets, clock=parts.clock, counters=parts.counters) for _ in range(count)]


@pytest.mark.fault(43)
def test_twenty_workers_refresh_a_token_once(stack: Stack) -> None:
    stack.app.parts.vault.seal("demo", "token-douyin-95250", b"x")
    calls: list[Token | None] = []
    lock = threading.Lock()

    def refresh(held: Token | None) -> Token:
        with lock:
            calls.append(held)
        return Token("fresh", stack.clock.now() + timedelta(hours=1), "next")

    got: list[str] = []

    def get(store: TokenStore) -> None:
        got.append(store.get(refresh))

    errors = at_once([partial(get, store) for store in stores(stack, 20)], 20)
    assert len(calls) == 1
    assert set(got) == {"fresh"}
    assert len(got) + len(errors) == 20
    assert all(isinstance(error, Retriable) and error.after for error in errors)
    (store,) = stores(stack, 1)
    store.expire("fresh")
    store.expire("fresh")
    assert store.get(refresh) == "fresh"
    assert [held and held.refresh_token for held in calls] == [None, "next"]


@pytest.mark.fault(43)
def test_a_worker_that_dies_while_refreshing_blocks_the_others_for_its_lease_only(stack: Stack) -> None:
    class Died(BaseException):
        pass

    def dies(_held: Token | None) -> Token:
        raise Died

    def works(_held: Token | None) -> Token:
        return Token("fresh", None)

    first, second = stores(stack, 2)
    with pytest.raises(Died):
        first.get(dies)
    with pytest.raises(Retriable):
        second.get(works)
    stack.clock.at += timedelta(seconds=46)
    assert second.get(works) == "fresh"


def revoked(_held: Token | None) -> Token:
    """The platform's answer after the shop withdrew."""
    raise Permanent("token-revoked", "withdrawn", connector="douyin")


@pytest.mark.fault(43)
def test_a_revoked_authorisation_pauses_its_account_and_says_so_once(stack: Stack) -> None:
    stack.app.parts.vault.seal("demo", "token-douyin-95250", b"x")
    errors: list[BaseException] = []
    for _ in range(3):  # those that found the lease taken come again
        errors += at_once([lambda store=store: store.get(revoked) and None for store in stores(stack, 12)], 12)  # type: ignore[misc]
    assert len(errors) == 36 and all(isinstance(error, Retriable) and error.after for error in errors)
    assert stack.counters.total("account_paused", platform="douyin") == 1
    asked: list[int] = []

    def count(held: Token | None) -> Token:
        asked.append(1)
        return revoked(held)

    (store,) = stores(stack, 1)
    with pytest.raises(Retriable) as paused:
        store.get(count)
    assert (paused.value.reason, paused.value.after, asked) == ("account-paused", PAUSE, [])  # the platform is left alone


def test_new_secrets_end_the_pause(moto_stack: Stack) -> None:
    (store,) = stores(moto_stack, 1)
    with pytest.raises(Retriable, match="account-paused"):
        store.get(revoked)
    (again,) = stores(moto_stack, 1, "of the new authorisation")
    assert again.get(lambda _held: Token("fresh", moto_stack.clock.now() + timedelta(hours=1), "next")) == "fresh"
    assert store.get(revoked) == "fresh"  # a live token is a live token
    moto_stack.clock.at += timedelta(hours=2)
    with pytest.raises(Retriable, match="account-paused"):
        again.get(revoked)
    assert moto_stack.counters.total("account_paused") == 2


def test_other_refusals_pause_nothing(moto_stack: Stack) -> None:
    def refuse(_held: Token | None) -> Token:
        raise Permanent("platform-refused")

    (store,) = stores(moto_stack, 1)
    for _ in range(2):
        with pytest.raises(Permanent, match="platform-refused"):
            store.get(refuse)
    assert moto_stack.counters.total("account_paused") == 0


def test_what_a_connector_is_given_counts_its_calls(moto_stack: Stack) -> None:
    """The hub puts the limit in front of the platform's client."""

    class Http:
        def send(self, _request: HttpRequest) -> HttpResponse:
            return HttpResponse(200, {}, b"")

    stack = Stack(moto_stack.engine.inner, http=lambda _info: Http())
    request = HttpRequest("GET", "https://openapi-fxg.jinritemai.com/x", rate=Rate("slow", every=100.0))
    stack.app.hub.api(SHOP).http.send(request)
    with pytest.raises(Retriable, match="platform-throttled"):
        stack.app.hub.api(SHOP).http.send(request)
