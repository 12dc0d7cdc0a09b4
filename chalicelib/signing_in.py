"""Signing in to the console: a link by mail to a listed address, good once, for ten minutes, in the browser that asked.

Nothing that opens anything lies in the table: links and sessions are kept under keyed hashes, addresses sealed. Whether an address
is listed shows in nothing that is answered. A seat is looked up in the configuration at each request, so that taking somebody off
the list ends what they can do at once, whatever sessions are open.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.config import Config
from chalicelib.errors import HuitouError
from chalicelib.ports import Clock, Vault
from chalicelib.ports_console import OpenSession, SessionStore, SignIn

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=12)
IDLE_ENDS = timedelta(hours=2)
NOTED_EVERY = timedelta(minutes=5)  # how often it is written that a session is in use
SUBJECT = "console"  # under whose key addresses of the merchant's own people are sealed
RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in. `secret` is the cookie's; `merchant` is the one at which the session is kept."""

    merchant: str
    address: str
    secret: str

    def form_token(self) -> str:
        """What a form of this session must bring along: derived from the cookie's secret, useless for anything else."""
        return form_token(self.secret)


class SigningIn:
    """Links and sessions kept at one merchant."""

    def __init__(self, *, config: Callable[[], Config], store: SessionStore, vault: Vault, clock: Clock) -> None:
        self._config = config
        self._store = store
        self._vault = vault
        self._clock = clock

    @property
    def merchant(self) -> str:
        """At which merchant."""
        return self._config().merchant

    def link(self, address: str, knock: str) -> str:
        """A token for a listed address, bound to the browser that holds `knock`."""
        token, now = fresh_secret(), self._clock.now()
        self._store.tidy(self.merchant, now)
        who = self._vault.seal(self.merchant, SUBJECT, address.strip().lower().encode())
        self._store.put_sign_in(self.merchant, SignIn(self._hash("link", token), who, self._hash("knock", knock), now + LINK_LASTS))
        return f"{self.merchant}.{token}"

    def is_open(self, token: str, knock: str) -> bool:
        """Whether the link would let this browser in now. Looking uses nothing up: mail scanners look."""
        found = self._store.sign_in(self.merchant, self._hash("link", token))
        return found is not None and self._fits(found, knock)

    def enter(self, token: str, knock: str) -> Signed | None:
        """Use the link up and open a session; None when it is none, was used, is over, or belongs to another browser.

        A link that another browser tried stays good for its own.
        """
        hashed = self._hash("link", token)
        found = self._store.sign_in(self.merchant, hashed)
        if found is None or not self._fits(found, knock) or not self._store.use(self.merchant, hashed):
            return None
        secret, now = fresh_secret(), self._clock.now()
        self._store.put(self.merchant, OpenSession(self._hash("session", secret), found.who, now, now, now + SESSION_LASTS))
        return Signed(self.merchant, self._opened(found.who) or "", secret)

    def who(self, secret: str) -> Signed | None:
        """Who holds the session's cookie; None when it is none, over, idle for too long, or revoked."""
        session = self._store.session(self.merchant, self._hash("session", secret))
        now = self._clock.now()
        if session is None or session.until <= now or session.seen + IDLE_ENDS <= now:
            return None
        if now - session.seen >= NOTED_EVERY:
            self._store.touch(self.merchant, session.seen_at(now))
        address = self._opened(session.who)
        return None if address is None else Signed(self.merchant, address, secret)

    def name_of(self, secret: str) -> str:
        """The name under which a session is listed; it opens nothing."""
        return self._hash("session", secret)

    def leave(self, secret: str) -> None:
        """End a session."""
        self._store.revoke(self.merchant, self._hash("session", secret))

    def sessions(self) -> list[tuple[str, str, OpenSession]]:
        """Open sessions: name, address, and the session; the name revokes it and opens nothing."""
        now = self._clock.now()
        found = [(each.secret, self._opened(each.who) or "", each) for each in self._store.sessions(self.merchant)]
        return [(name, address, each) for name, address, each in found if each.until > now and each.seen + IDLE_ENDS > now]

    def revoke(self, name: str) -> None:
        """End the session of a name."""
        self._store.revoke(self.merchant, name)

    def _fits(self, found: SignIn, knock: str) -> bool:
        same = hmac.compare_digest(found.knock.encode(), self._hash("knock", knock).encode())
        return same and bool(knock) and found.until > self._clock.now()

    def _hash(self, kind: str, value: str) -> str:
        return self._vault.lookup(self.merchant, f"console-{kind}", value)

    def _opened(self, who: bytes) -> str | None:
        try:
            return self._vault.open(self.merchant, SUBJECT, who).decode()
        except HuitouError as error:
            if error.reason == "seal-broken":  # the key was destroyed: nobody is signed in by it any more
                return None
            raise


def fresh_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def form_token(secret: str) -> str:
    """The token that forms of a browser with this secret carry."""
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), b"form", "sha256")).decode("ascii").rstrip("=")


def is_form_token(secret: str, told: str) -> bool:
    """Whether a form came from a page that we made for this secret."""
    return bool(secret) and hmac.compare_digest(form_token(secret).encode(), told.encode("utf-8", "replace"))
