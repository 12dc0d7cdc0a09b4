"""Reviews and questions as they were told last, their personal data opened. Used by reviewing, answering and ops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from chalicelib.domain.case import Telling
from chalicelib.errors import Permanent
from chalicelib.ports import RecordKey, RecordStore, StoredRecord, Vault
from chalicelib.ports_cases import CaseKey


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """A record with its personal data opened. Its repr never shows it."""

    key: CaseKey
    telling: Telling
    plain: dict[str, Any]

    @property
    def text(self) -> str:
        """What was written; empty for stars alone."""
        return str(self.plain.get("text") or "")

    @property
    def names(self) -> tuple[str, ...]:
        """Who wrote, and the order's number: what nobody else may read."""
        buyer = self.plain.get("buyer") or {}
        known = [buyer.get(name) for name in ("name", "phone", "email", "id")] + [self.plain.get("order_id")]
        return tuple(str(each) for each in known if each)

    @property
    def nickname(self) -> str:
        """By what name the platform shows its writer; empty where it does not."""
        return str((self.plain.get("buyer") or {}).get("nickname") or "")

    @property
    def is_answered(self) -> bool:
        """Whether the platform shows an answer of the shop."""
        return self.plain.get("reply") is not None or self.plain.get("status") == "answered"


class Tellings:
    """Reads records."""

    def __init__(self, records: RecordStore, vault: Vault) -> None:
        self._records = records
        self._vault = vault

    def told(self, place: CaseKey) -> Told | None:
        """The record behind a case, opened; None when there is none. What is erased is told as deleted."""
        stored = self._records.read(RecordKey(*place))
        if not stored.version:
            return None
        plain: dict[str, Any] = msgspec.json.decode(stored.plain)
        if plain.pop("erased", False):
            plain["deleted"] = True
        return Told(place, _telling(stored), plain | self._opened(RecordKey(*place), stored))

    def _opened(self, key: RecordKey, stored: StoredRecord) -> dict[str, Any]:
        if stored.personal is None or stored.subject is None:
            return {}
        try:
            opened: dict[str, Any] = msgspec.json.decode(self._vault.open(key.merchant, stored.subject, stored.personal, key.place))
        except Permanent:  # erased: there is nobody left to be answered
            return {"deleted": True}
        return opened


def _telling(stored: StoredRecord) -> Telling:
    return Telling(*stored.clock)
