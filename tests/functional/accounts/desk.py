"""A stack whose accounts can be connected: configuration and secrets in memory, our own door without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.bootstrap import Application
from chalicelib.config import Config, parse
from chalicelib.contract import Account, ConnectorInfo, HttpClient, HttpResponse, RawRequest, Secrets
from chalicelib.errors import Retriable
from tests.functional.stack import CONFIG, Stack

ACME = Account("demo", "shopify", "acme", {})


class Books:
    """Configuration and secrets, in memory; what is read is what was written last."""

    def __init__(self, text: str = CONFIG) -> None:
        self.text = text
        self.values: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}

    def read(self, merchant: str) -> str:
        """See the port."""
        return self.text

    def replace(self, merchant: str, text: str, *, read: str) -> None:
        """See the port."""
        if self.text != read:
            raise Retriable("config-contended", "changed meanwhile")
        self.text = text

    def config(self) -> Config:
        """The configuration as the steps read it."""
        return parse(self.text)

    def secrets(self, account: Account) -> Secrets:
        """See the port of secrets."""
        return Secrets(dict(self.values.get((account.platform, account.account), {})))

    fresh = secrets

    def save(self, account: Account, values: Mapping[str, Sequence[str]]) -> None:
        """See the port."""
        self.values[account.platform, account.account] = {name: tuple(each) for name, each in values.items()}

    def forget(self, account: Account) -> None:
        """See the port."""
        self.values.pop((account.platform, account.account), None)


class OwnDoor:
    """Our own webhooks, handled here. `posted` keeps what came."""

    def __init__(self, app: Callable[[], Application]) -> None:
        self._app = app
        self.posted: list[RawRequest] = []
        self.closed = False

    def post(self, request: RawRequest) -> HttpResponse:
        """See the port."""
        if self.closed:
            raise Retriable("door-closed", "ConnectionError")
        self.posted.append(request)
        _, _, _, _, platform, account = request.url.split("/")
        reply = self._app().receive.handle(platform, account, request)
        return HttpResponse(reply.status, {}, reply.body.encode())


def open_desk(
    engine: Any, text: str = CONFIG, http: Callable[[ConnectorInfo], HttpClient] | None = None
) -> tuple[Stack, Books, OwnDoor]:
    """The stack, and what stands behind its accounts."""
    stack, books = Stack(engine, http=http), Books(text)
    parts = stack.app.parts
    parts.config, parts.secrets = books.config, books
    parts.configurations, parts.keeper = lambda: books, lambda: books
    stack.app = Application(parts)
    door = OwnDoor(lambda: stack.app)
    parts.door = lambda: door
    return stack, books, door
