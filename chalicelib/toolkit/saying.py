"""Saying something in the merchant's name: once, and never again on a guess."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from chalicelib.errors import Permanent, Retriable

A = TypeVar("A")
NOT_SAID = frozenset({"platform-throttled", "platform-resting", "token-refused"})  # refused before anything was said


class _Once:
    """The contract's HttpClient, which never tries a request again of its own accord."""

    def __init__(self, http: Any) -> None:
        self._http = http

    def send(self, request: Any) -> Any:
        return self._http.send(replace(request, once=True))


class _Tokens:
    """The contract's Tokens, which remembers what kept it from giving one: nothing was said then."""

    def __init__(self, tokens: Any) -> None:
        self._tokens = tokens
        self.failed: Retriable | None = None

    def get(self, refresh: Any) -> Any:
        try:
            return self._tokens.get(refresh)
        except Retriable as error:
            self.failed = error
            raise

    def expire(self, access_token: str) -> None:
        self._tokens.expire(access_token)


@contextmanager
def said_once(api: A, connector: str) -> Iterator[A]:
    """Around a call that says something: gives the contract's Api with a client that tries once.

    A failure that leaves open whether it was said is Permanent("outcome-unknown"). Throttled, refused for the token, and without
    one to begin with, it was not said: these stay Retriable.
    """
    given = cast(Any, api)
    tokens = _Tokens(given.tokens)
    try:
        yield replace(given, http=_Once(given.http), tokens=tokens)
    except Retriable as error:
        if error.reason in NOT_SAID or error is tokens.failed:
            raise
        raise Permanent("outcome-unknown", f"it may have been said: {error.reason}", connector=connector) from None
