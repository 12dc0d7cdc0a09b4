"""Calls with an access token that may be over: renewed once, and tried again. The contract's types meet the Protocols here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from chalicelib.errors import Retriable
from chalicelib.toolkit.oauth2 import FORM, refreshed


class Answer(Protocol):
    """The contract's HttpResponse, as far as it is looked at."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...


T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class Store(Protocol[T]):
    """The contract's Tokens."""

    def get(self, refresh: Callable[[T | None], T]) -> str:
        """A live access token."""
        ...

    def expire(self, access_token: str) -> None:
        """Remember that it is over."""
        ...


def refused(answer: Answer) -> bool:
    """Whether an answer says, as most do, that the token is over."""
    return answer.status == 401


def with_token(
    tokens: Store[T],
    renew: Callable[[T | None], T],
    send: Callable[[str], A],
    *,
    connector: str,
    over: Callable[[A], bool] = refused,
) -> A:
    """The answer to `send` with a live token. One that is over is renewed once.

    Retriable("token-refused") when the renewed one is refused as well: nothing was done, nothing was said.
    """
    for _ in range(2):
        token = tokens.get(renew)
        answer = send(token)
        if not over(answer):
            return answer
        tokens.expire(token)
    raise Retriable("token-refused", "the platform refuses a token that was just renewed", connector=connector)


def renewed_by_form(
    api: Any,
    last: Any,
    url: str,
    *,
    request: Callable[..., Any],
    token: Callable[[str, datetime, str | None], T],
    connector: str,
    headers: Mapping[str, str] = FORM,
) -> T:
    """A new token by the usual form (see oauth2.refreshed), for the contract's Api and last Token, None where there is none.

    `request` and `token` are the contract's HttpRequest and Token. Permanent("token-revoked") when the owner must authorise again.
    """

    def post(form: bytes) -> tuple[int, bytes]:
        answer = api.http.send(request("POST", url, headers=headers, body=form))
        return answer.status, answer.body

    grant = refreshed(post, api.secrets, last.refresh_token if last else None, connector=connector)
    return token(grant.access_token, api.now() + grant.life, grant.refresh_token)
