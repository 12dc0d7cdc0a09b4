"""What a connector is given to call its platform, scripted: answers in order, tokens in memory, a clock that stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Secrets, Token

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Answer = Callable[[HttpRequest], HttpResponse]


def reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A JSON answer; bytes go out as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return HttpResponse(status, dict(headers or {}), body)


@dataclass
class FakeHttp:
    """Answers by method and path. A route holds one answer for good, a list to be used up, or a function of the request."""

    routes: dict[str, Any] = field(default_factory=dict)
    sent: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        """The next answer of the route `METHOD path`; an unexpected call fails the test."""
        self.sent.append(request)
        name = f"{request.method} {urlsplit(request.url).path}"
        assert name in self.routes, f"unexpected call: {name}"
        found = self.routes[name]
        if isinstance(found, list):
            assert found, f"one call too many: {name}"
            found = found.pop(0)
        answer = found(request) if callable(found) else found
        assert isinstance(answer, HttpResponse)
        return answer

    def paths(self) -> list[str]:
        """The paths that were called, in order."""
        return [urlsplit(request.url).path for request in self.sent]


@dataclass
class FakeTokens:
    """One token in memory; `refreshes` counts how often the connector was asked to renew it."""

    stored: Token | None = field(default_factory=lambda: Token("token-one", None, "refresh-one"))
    refreshes: int = 0
    expired: list[str] = field(default_factory=list)

    def get(self, refresh: Callable[[Token | None], Token]) -> str:
        """The stored token, renewed when there is none or it was refused."""
        if self.stored is None or self.stored.access_token in self.expired:
            self.refreshes += 1
            self.stored = refresh(self.stored)
        return self.stored.access_token

    def expire(self, access_token: str) -> None:
        """Remember that the platform refused it."""
        self.expired.append(access_token)


def make_api(account: Account, secrets: Mapping[str, str], http: FakeHttp, tokens: FakeTokens | None = None) -> Api:
    """An Api over the fakes; the clock stands at NOW."""
    values = {name: (value,) for name, value in secrets.items()}
    return Api(account, Secrets(values), http, tokens or FakeTokens(), lambda: NOW)
