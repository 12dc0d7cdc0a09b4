"""Saying things once, and refresh tokens tried in turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Secrets, Token
from chalicelib.errors import Permanent, Retriable
from chalicelib.toolkit.oauth2 import first_accepted
from chalicelib.toolkit.saying import said_once


class Http:
    """Notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[HttpRequest] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """An empty answer."""
        self.sent.append(request)
        return HttpResponse(200, {}, b"")


def api(http: Http | None = None) -> Api:
    """An account of nowhere."""
    tokens: Any = None
    return Api(Account("demo", "somewhere", "a"), Secrets({}), http or Http(), tokens, lambda: datetime(2026, 11, 21, tzinfo=UTC))


def test_whatever_is_sent_inside_is_tried_once_by_the_client() -> None:
    http = Http()
    given = api(http)
    with said_once(given, "somewhere") as once:
        once.http.send(HttpRequest("POST", "https://example.com/said"))
    given.http.send(HttpRequest("GET", "https://example.com/read"))
    assert [request.once for request in http.sent] == [True, False]


def test_an_open_outcome_is_never_retried() -> None:
    with pytest.raises(Permanent, match="outcome-unknown"), said_once(api(), "somewhere"):
        raise Retriable("platform-unavailable")


@pytest.mark.parametrize("reason", ["platform-throttled", "platform-resting", "token-refused"])
def test_what_was_surely_not_said_may_be_retried(reason: str) -> None:
    with pytest.raises(Retriable, match=reason), said_once(api(), "somewhere"):
        raise Retriable(reason)


class NoToken:
    """Another worker renews the token, or the platform does not answer who asks for one."""

    expired: tuple[str, ...] = ()

    def get(self, _refresh: Any) -> str:
        raise Retriable("platform-unavailable", "no token")

    def expire(self, access_token: str) -> None:
        self.expired += (access_token,)


def test_without_a_token_nothing_was_said() -> None:
    tokens = NoToken()
    with pytest.raises(Retriable, match="no token"), said_once(replace(api(), tokens=tokens), "somewhere") as once:
        once.tokens.expire("old")
        once.tokens.get(lambda _: Token("new", None))
    assert tokens.expired == ("old",)
    with pytest.raises(Permanent, match="outcome-unknown"), said_once(replace(api(), tokens=tokens), "somewhere") as once:
        try:
            once.tokens.get(lambda _: Token("new", None))
        except Retriable:
            raise Retriable("platform-unavailable", "later, of a call") from None


def _grant(token: str) -> str:
    if token == "dead":
        raise Permanent("token-revoked")
    if token == "odd":
        raise Permanent("platform-refused")
    return f"new-{token}"


def test_a_dead_token_gives_way_to_the_newly_configured_one() -> None:
    assert first_accepted(["dead", None, "fresh"], _grant) == "new-fresh"
    assert first_accepted([None, ""], _grant) is None


@pytest.mark.parametrize(("tokens", "reason"), [(["dead", "dead"], "token-revoked"), (["odd", "fresh"], "platform-refused")])
def test_the_last_refusal_is_told_and_others_at_once(tokens: list[str], reason: str) -> None:
    with pytest.raises(Permanent, match=reason):
        first_accepted(tokens, _grant)
