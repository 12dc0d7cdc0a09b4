"""What surveys need from the outside, as Protocols."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered to one survey, the last time they did. Times are in UTC.

    `day`: that of the first answer in the merchant's zone, by which it is counted for good. `order`: platform/account/order_id.
    `words`: their free text, sealed under `subject`'s key; None without any. `version` 1 is the first answer.
    """

    owner: str
    message_id: str
    score: int
    first_at: datetime
    at: datetime
    day: date
    order: str
    subject: str
    words: bytes | None
    version: int


class AnswerStore(Protocol):
    """Answers, one for each message."""

    def read(self, merchant: str, owner: str, message_id: str) -> Answer | None:
        """A consistent read."""

    def put(self, merchant: str, answer: Answer) -> bool:
        """Put on condition that the version is the one before (none for version 1). False: somebody else was first."""
