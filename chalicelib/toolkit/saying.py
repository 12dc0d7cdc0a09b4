"""Saying something in the merchant's name: once, and never again on a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from chalicelib.errors import Permanent, Retriable

T = TypeVar("T")
A = TypeVar("A")
NOT_SAID = frozenset({"platform-throttled", "token-refused"})  # refused before anything was said


class _Once:
    """The contract's HttpClient, which never tries a request again of its own accord."""

    def __init__(self, http: Any) -> None:
        self._http = http

    def send(self, request: Any) -> Any:
        return self._http.send(replace(request, once=True))


@contextmanager
def said_once(api: A, connector: str) -> Iterator[A]:
    """Around a call that says something: gives the contract's Api with a client that tries once.

    A failure that leaves open whether it was said is Permanent("outcome-unknown"). Throttled and refused for the token it was
    not said: these stay Retriable.
    """
    given = cast(Any, api)
    try:
        yield replace(given, http=_Once(given.http))
    except Retriable as error:
        if error.reason in NOT_SAID:
            raise
        raise Permanent("outcome-unknown", f"it may have been said: {error.reason}", connector=connector) from None


def first_accepted(tokens: Iterable[str | None], grant: Callable[[str], T]) -> T | None:
    """What `grant` makes of the first refresh token that is not revoked; None when there is none at all.

    A shop that was authorised again has its new token in the secrets while a dead one is still stored: both are tried.
    Raises the last Permanent("token-revoked"), and at once whatever else `grant` raises.
    """
    revoked: Permanent | None = None
    for token in dict.fromkeys(token for token in tokens if token):
        try:
            return grant(token)
        except Permanent as error:
            if error.reason != "token-revoked":
                raise
            revoked = error
    if revoked is not None:
        raise revoked
    return None
