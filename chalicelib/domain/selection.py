"""Which envelopes, archived requests or dead letters are meant: one selection for listing, replay and redrive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime

SEVERAL = "several"  # the topic of a request that tells of more than one


@dataclass(frozen=True, slots=True)
class About:
    """What is known of one of them from outside its seal. `at`: when it was received, or for what lies in quarantine since when."""

    platform: str | None = None
    account: str | None = None
    topic: str | None = None
    reason: str | None = None
    at: datetime | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """All conditions hold together; None is no condition. `since` counts, `until` does not; both aware.

    Of `digest` the beginning is enough.
    What does not say of itself what is asked for is not meant, but for a request of several topics: whoever asks for one of
    them gets it, since it may be among them and a replay too many is harmless.
    """

    platform: str | None = None
    account: str | None = None
    topic: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    digest: str | None = None

    def takes(self, about: About) -> bool:
        """Whether it is meant."""
        pairs = ((self.platform, about.platform), (self.account, about.account), (self.reason, about.reason))
        if any(wanted is not None and wanted != found for wanted, found in pairs):
            return False
        if self.topic is not None and about.topic not in (self.topic, SEVERAL):
            return False
        if self.digest is not None and not (about.digest or "").startswith(self.digest):
            return False
        return self._in_time(about.at)

    def words(self) -> str:
        """The conditions in words, for the audit: `platform=shopify reason=payload-malformed`; `all` without any."""
        told = ((each.name, getattr(self, each.name)) for each in fields(self))
        plain = ((name, value.isoformat() if isinstance(value, datetime) else value) for name, value in told)
        return " ".join(f"{name}={value}" for name, value in plain if value is not None) or "all"

    def name(self) -> str:
        """16 hex digits: the same conditions, the same name."""
        return hashlib.sha256(self.words().encode()).hexdigest()[:16]

    def _in_time(self, at: datetime | None) -> bool:
        if self.since is None and self.until is None:
            return True
        if at is None:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)
