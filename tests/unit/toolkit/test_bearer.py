"""A token that is over: renewed once, tried again once, never in a loop."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from chalicelib.contract import Account, HttpRequest, HttpResponse, Token
from chalicelib.errors import Permanent, Retriable
from chalicelib.toolkit.bearer import renewed_by_form, with_token
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "fake", "acme")
SECRETS = {"client_id": "c", "client_secret": "s", "refresh_token": "given"}


@dataclass
class Told:
    """An answer."""

    status: int


def fresh(last: Token | None) -> Token:
    return Token("token-two", None, last.refresh_token if last else None)


def sent(*statuses: int) -> tuple[list[str], FakeTokens, int | None]:
    """The tokens that were tried, and the status at the end; None where there was none."""
    tried: list[str] = []
    tokens = FakeTokens()

    def send(token: str) -> Told:
        tried.append(token)
        return Told(statuses[len(tried) - 1])

    try:
        return tried, tokens, with_token(tokens, fresh, send, connector="fake").status
    except Retriable as error:
        assert (error.reason, error.connector) == ("token-refused", "fake")
        return tried, tokens, None


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_any_answer_but_401_is_the_answer(status: int) -> None:
    tried, tokens, found = sent(status)
    assert (tried, tokens.refreshes, found) == (["token-one"], 0, status)


def test_a_token_that_is_over_is_renewed_once() -> None:
    tried, tokens, found = sent(401, 200)
    assert (tried, tokens.expired, found) == (["token-one", "token-two"], ["token-one"], 200)


def test_a_renewed_token_that_is_refused_too_does_not_loop() -> None:
    tried, _, found = sent(401, 401)
    assert (tried, found) == (["token-one", "token-two"], None)


def test_what_says_that_a_token_is_over_is_the_platforms() -> None:
    told = [Told(403), Told(200)]
    tokens = FakeTokens()
    found = with_token(tokens, fresh, lambda _token: told.pop(0), connector="fake", over=lambda answer: answer.status == 403)
    assert (found.status, tokens.refreshes) == (200, 1)


def test_renewing_by_form_tries_the_stored_token_then_the_configured_one() -> None:
    answers: list[HttpResponse] = [reply({"error": "invalid_grant"}, 400), reply({"access_token": "a", "expires_in": 60})]
    api = make_api(ACCOUNT, SECRETS, FakeHttp({"POST /token": answers}))
    url = "https://auth.example.com/token"

    found = renewed_by_form(
        api, Token("old", None, "stored"), url, request=HttpRequest, token=Token, connector="fake", headers={"x": "y"}
    )

    assert found.access_token == "a" and found.refresh_token == "given"
    assert found.expires_at is not None and (found.expires_at - NOW).total_seconds() == 60
    assert isinstance(api.http, FakeHttp)
    assert [b"refresh_token=stored" in (each.body or b"") for each in api.http.sent] == [True, False]
    assert api.http.sent[0].url == url and api.http.sent[0].headers == {"x": "y"}
    dead = replace(api, http=FakeHttp({"POST /token": reply({"error": "invalid_grant"}, 400)}))
    with pytest.raises(Permanent, match="token-revoked"):
        renewed_by_form(dead, None, url, request=HttpRequest, token=Token, connector="fake")
