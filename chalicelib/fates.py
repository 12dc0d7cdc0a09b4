"""What feedback keeps, and the port by which it does: `ports` for what became of messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol


class Handover(NamedTuple):
    """One handing over of a message: the account it went through, and the provider's id for it there."""

    merchant: str
    platform: str
    account: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class StoredFate:
    """What is known under a provider's id. `version` 0: nothing yet.

    `owner` and `message_id` are None while nobody told whose it is. `told`: see domain.receipt.
    """

    version: int
    owner: str | None = None
    message_id: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)


class PolledTask(NamedTuple):
    """A task that has to be asked what became of it, since `since`. `due` is its place on the work list as it was read."""

    platform: str
    account: str
    task_id: str
    since: datetime
    due: str = ""


class FeedbackStore(Protocol):
    """What providers told of messages."""

    def read(self, place: Handover) -> StoredFate:
        """A consistent read; version 0 when there is nothing."""

    def write(self, place: Handover, stored: StoredFate, *, expected_version: int) -> bool:
        """Put on condition that the version is still the one read (0: that there is none)."""

    def note_send(
        self, merchant: str, channel: str, at: datetime, message_id: str, *, bounced: bool = False, complained: bool = False
    ) -> None:
        """Note a marketing send at its time, and what is told of it; told again, or later less, it stays as it is."""

    def last_sends(self, merchant: str, channel: str, limit: int, since: datetime | None) -> Iterator[tuple[bool, bool]]:
        """(bounced, complained) of the newest sends after `since`, at most `limit`."""

    def put_task(self, merchant: str, task: PolledTask, due_at: datetime) -> None:
        """Put a task on the work list; one that is known stays as it is."""

    def due_tasks(self, merchant: str, now: datetime, limit: int) -> list[PolledTask]:
        """Tasks whose time has come, the longest waiting first."""

    def move_task(self, merchant: str, task: PolledTask, due_at: datetime | None) -> bool:
        """Due again at `due_at`, or never (None), if it is still due as it was read. False: another worker has it."""
