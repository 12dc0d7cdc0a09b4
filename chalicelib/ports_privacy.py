"""What erasing and handing out a person's data need from the outside, beside what everybody needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from chalicelib.directory import Place
from chalicelib.ports import RecordKey, StoredRecord


class PersonalRows(Protocol):
    """Rows that are about persons, to walk over and to take away. What is not there is no error."""

    def records(self, merchant: str, platform: str, account: str, kind: str) -> Iterator[tuple[RecordKey, StoredRecord]]:
        """The records of an account and kind as they lie there, by consistent reads."""

    def drop_record(self, record: RecordKey) -> None:
        """Take a record away."""

    def drop_contact(self, merchant: str, place: Place) -> None:
        """Take a contact out of its directory, and from under its identity."""

    def forget_words(self, merchant: str, subject: str) -> None:
        """Take away all that a subject ever said about being written to, and what they allowed once."""

    def unlink(self, merchant: str, identity: str, buyer: str) -> None:
        """Forget that an identity was seen with a buyer."""

    def forget_petition(self, merchant: str, name: str) -> None:
        """Take a petition's note away."""

    def forget_erasure(self, merchant: str, name: str) -> None:
        """Take an erasure's note away."""

    def forget_cuts(self, merchant: str, buyer: str) -> None:
        """Forget from which identities a buyer was cut."""

    def permitted(self, merchant: str, subject: str) -> Iterator[tuple[str, str, bool]]:
        """(template, when, whether it was granted) of what a subject allowed once."""
