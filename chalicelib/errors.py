"""Errors, named by what the caller has to do about them.

There are five, and every step reacts to the type alone: it never reads a message. A message says which connector,
which field and which delivery; it never holds a secret or a value that could be personal data.
"""

from __future__ import annotations


class HuitouError(Exception):
    """Base of the five. `reason` is a stable slug for counters, `detail` a sentence for people."""

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        connector: str | None = None,
        path: str | None = None,
        delivery_id: str | None = None,
    ) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.connector = connector
        self.path = path
        self.delivery_id = delivery_id

    def located(self, *, connector: str | None = None, delivery_id: str | None = None) -> HuitouError:
        """Fill in where it happened, where the raiser could not know; returns itself so that it can be raised."""
        self.connector = self.connector or connector
        self.delivery_id = self.delivery_id or delivery_id
        return self

    def __str__(self) -> str:
        where = [f"{name}={value}" for name, value in self._where() if value]
        text = f"{self.reason}: {self.detail}" if self.detail else self.reason
        return f"{text} ({', '.join(where)})" if where else text

    def _where(self) -> tuple[tuple[str, str | None], ...]:
        return (("connector", self.connector), ("field", self.path), ("delivery", self.delivery_id))


class Rejected(HuitouError):
    """The request is refused with a 4xx; nothing is queued. `status` is the HTTP status to answer."""

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        status: int = 401,
        connector: str | None = None,
        path: str | None = None,
        delivery_id: str | None = None,
    ) -> None:
        super().__init__(reason, detail, connector=connector, path=path, delivery_id=delivery_id)
        self.status = status


class Retriable(HuitouError):
    """The same work may succeed later: leave it on the queue, or park it when `after` (seconds) is long."""

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        after: int | None = None,
        connector: str | None = None,
        path: str | None = None,
        delivery_id: str | None = None,
    ) -> None:
        super().__init__(reason, detail, connector=connector, path=path, delivery_id=delivery_id)
        self.after = after


class Permanent(HuitouError):
    """Trying again changes nothing: quarantine the raw request, raise an alarm, let a person replay it after a fix."""


class Skippable(HuitouError):
    """Nothing to do here, and that is fine: acknowledge and count it."""


class ConfigError(HuitouError):
    """The installation is wrong (secret missing, account unknown to the configuration): 5xx and an alarm."""
