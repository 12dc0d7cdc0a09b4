"""What the console keeps: asked-for sign-in links and open sessions, both under hashes of what only the browser holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignIn:
    """A link that was asked for. `who` is sealed; `knock` is the hash of the browser's cookie that it is bound to."""

    token: str
    who: bytes
    knock: str
    until: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session. `secret` is the hash of what its cookie holds, `who` the sealed address."""

    secret: str
    who: bytes
    made: datetime
    seen: datetime
    until: datetime

    def seen_at(self, at: datetime) -> OpenSession:
        """The same, heard of again."""
        return replace(self, seen=at)


class SessionStore(Protocol):
    """Sign-in links and sessions of a merchant."""

    def put_sign_in(self, merchant: str, sign_in: SignIn) -> None:
        """Keep a link that was asked for."""

    def sign_in(self, merchant: str, token: str) -> SignIn | None:
        """A link by its hash (consistent read), None when there is none, or it was used."""

    def use(self, merchant: str, token: str) -> bool:
        """Strike a link out. False: somebody else did."""

    def put(self, merchant: str, session: OpenSession) -> None:
        """Keep a session."""

    def touch(self, merchant: str, session: OpenSession) -> None:
        """Note that a session was seen; one that was revoked meanwhile stays revoked."""

    def session(self, merchant: str, secret: str) -> OpenSession | None:
        """A session by its hash (consistent read)."""

    def sessions(self, merchant: str) -> Sequence[OpenSession]:
        """All sessions of a merchant, those that are over too."""

    def revoke(self, merchant: str, secret: str) -> None:
        """End a session."""

    def tidy(self, merchant: str, now: datetime) -> None:
        """Remove what is over."""
