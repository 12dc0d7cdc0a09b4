"""The raw bytes of what came, in the archive. Used by normalise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.contract import Event
from chalicelib.domain.selection import SEVERAL
from chalicelib.envelope import Envelope
from chalicelib.ports import Archive
from chalicelib.raw_names import RawName, word_of


class RawCopy:
    """The raw bytes of an envelope, archived once however many orders it tells of."""

    def __init__(self, envelope: Envelope, events: Sequence[Event], sealed: bytes) -> None:
        self._envelope = envelope
        self._topics = {event.topic for event in events}
        self._sealed = sealed
        self._kept: str | None = None

    def destroy(self, archive: Archive) -> None:
        """Somebody it tells of is erased: it lies nowhere from now on, whoever put it there and died or lost a race over it."""
        archive.remove(str(self._name()))
        self._kept = ""

    def keep(self, archive: Archive) -> str:
        """Archive, the first time; returns where, nothing where it was destroyed."""
        if self._kept is None:
            name = str(self._name())
            archive.put(name, self._sealed)
            self._kept = name
        return self._kept

    def set_aside(self, archive: Archive) -> None:
        """Archive among what nobody could read yet."""
        archive.put(str(replace(self._name(), unread=True)), self._sealed)

    def _name(self) -> RawName:
        of = self._envelope
        topic = next(iter(self._topics)) if len(self._topics) == 1 else SEVERAL
        word = word_of(of.form, of.source)
        return RawName(of.merchant, of.platform, of.account, of.received_at, topic, word, of.digest)
