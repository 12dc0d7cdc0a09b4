"""Saying things once, and refresh tokens tried in turn."""

from __future__ import annotations

import pytest

from chalicelib.errors import Permanent, Retriable
from chalicelib.toolkit.saying import first_accepted, said_once


def test_an_open_outcome_is_never_retried() -> None:
    with pytest.raises(Permanent, match="outcome-unknown"), said_once("somewhere"):
        raise Retriable("platform-unavailable")


@pytest.mark.parametrize("reason", ["platform-throttled", "token-refused"])
def test_what_was_surely_not_said_may_be_retried(reason: str) -> None:
    with pytest.raises(Retriable, match=reason), said_once("somewhere"):
        raise Retriable(reason)


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
