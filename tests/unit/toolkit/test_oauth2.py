"""Refresh tokens: what each answer of a token address means, and which refresh token is good afterwards."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from chalicelib.contract import Secrets
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.oauth2 import granted, refreshed, standing

SECRETS = Secrets({"client_id": ("id",), "client_secret": ("a&secret",), "refresh_token": ("configured",)})


def post(answers: dict[str, tuple[int, bytes]], asked: list[str]) -> object:
    def send(form: bytes) -> tuple[int, bytes]:
        told = parse_qs(form.decode(), strict_parsing=True)
        assert (told["grant_type"], told["client_id"], told["client_secret"]) == (["refresh_token"], ["id"], ["a&secret"])
        asked.append(told["refresh_token"][0])
        return answers[asked[-1]]

    return send


def test_stored_token_comes_first_and_stays_where_none_new_is_told() -> None:
    asked: list[str] = []
    send = post({"stored": (200, b'{"access_token":"a","expires_in":3599}')}, asked)
    grant = refreshed(send, SECRETS, "stored", connector="x")  # type: ignore[arg-type]
    assert (grant.access_token, grant.refresh_token, grant.life) == ("a", "stored", timedelta(seconds=3599))
    assert asked == ["stored"]


def test_revoked_token_gives_way_to_the_one_that_is_configured_since() -> None:
    asked: list[str] = []
    answers = {"stored": (400, b'{"error":"invalid_grant"}'), "configured": (200, b'{"access_token":"b","refresh_token":"next"}')}
    grant = refreshed(post(answers, asked), SECRETS, "stored", connector="x")  # type: ignore[arg-type]
    assert (grant.refresh_token, grant.life, asked) == ("next", timedelta(hours=1), ["stored", "configured"])


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (400, b'{"error":"invalid_grant","error_description":"Ada Example"}', Permanent, "token-revoked"),
        (401, b'{"error":"invalid_client"}', ConfigError, "application-refused"),
        (403, b"<html>", ConfigError, "application-refused"),
        (400, b'{"error":"temporarily_unavailable"}', Retriable, "token-unavailable"),
        (400, b'{"error":"invalid_scope"}', Permanent, "platform-refused"),
        (200, b'{"access_token":1}', Permanent, "payload-malformed"),
        (200, b"<html>", Retriable, "answer-malformed"),
        (200, b'{"error":"invalid_grant","error_description":"Ada Example"}', Permanent, "token-revoked"),
        (200, b'{"error":"invalid_client"}', ConfigError, "application-refused"),
    ],
)
def test_refusals(status: int, body: bytes, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        granted(status, body, connector="x")
    assert (raised.value.reason, raised.value.connector) == (reason, "x") and "Ada" not in str(raised.value)


def test_life_is_bounded() -> None:
    assert granted(200, b'{"access_token":"a","expires_in":-5}', connector="x").life == timedelta()
    assert granted(200, b'{"access_token":"a","expires_in":99999999999}', connector="x").life == timedelta(days=366)


def test_a_token_that_cannot_be_renewed_serves_until_it_is_refused() -> None:
    """The one that was refused is not handed out again; a new one is."""
    assert standing(("bought",), None, connector="x") == "bought"
    assert standing(("new", "bought"), "bought", connector="x") == "new"
    with pytest.raises(Permanent, match="token-revoked"):
        standing(("bought",), "bought", connector="x")
    with pytest.raises(ConfigError, match="token-missing"):
        standing((), None, connector="x")
