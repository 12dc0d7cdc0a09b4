"""What a page is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from chalicelib.bootstrap import Application
from chalicelib.config import Config
from chalicelib.console.urls import Urls
from chalicelib.console.web import Request
from chalicelib.domain.order import local_day
from chalicelib.domain.seats import Right, Seat
from chalicelib.domain.wording import Locale


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in person on a page of one merchant. `params`: what the route's pattern caught."""

    app: Application
    request: Request
    seat: Seat
    urls: Urls
    locale: Locale
    session: str  # the session's name; opens nothing
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        """The merchant's configuration."""
        return self.app.parts.config()

    @property
    def merchant(self) -> str:
        """The merchant."""
        return self.config.merchant

    @property
    def now(self) -> datetime:
        """Now, in UTC."""
        return self.app.parts.clock.now()

    @property
    def today(self) -> date:
        """Today in the merchant's zone."""
        return local_day(self.now, self.config.zone)

    def may(self, right: Right) -> bool:
        """Whether this person has a right here."""
        return self.seat.may(right)


@dataclass(frozen=True, slots=True)
class Page:
    """A page to render: a template of `templates/console`, by name, with its values.

    `frames`: the page shows a mail in a frame of its own.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    frames: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's HTML as it is, shown in a sandboxed frame: it runs nothing, loads nothing, and reaches nothing."""

    html: str


@dataclass(frozen=True, slots=True)
class Go:
    """On to another page of ours (303). `said` and `failed` are words' keys in `common.toml` that the next page shows."""

    to: str
    said: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep."""

    name: str
    content: str
    content_type: str = "text/csv; charset=utf-8"


Outcome = Page | Go | Mail | File
Handler = Callable[[Visit], Outcome]


@dataclass(frozen=True, slots=True)
class Route:
    """One page or deed. `pattern`: segments below the merchant, `{name}` catches one. `right`: what it takes.

    A POST is a deed, and is put on record with `act` as its name. `nav`: under which heading of the menu it lies.
    """

    method: Literal["GET", "POST"]
    pattern: str
    right: Right
    handle: Handler
    nav: str = ""
    act: str = ""

    def match(self, method: str, path: tuple[str, ...]) -> dict[str, str] | None:
        """What the pattern catches of a path, None when it is another."""
        parts = self.pattern.split("/") if self.pattern else []
        if method != self.method or len(parts) != len(path):
            return None
        found: dict[str, str] = {}
        for part, told in zip(parts, path, strict=True):
            if part.startswith("{"):
                found[part[1:-1]] = told
            elif part != told:
                return None
        return found if all(found.values()) else None
