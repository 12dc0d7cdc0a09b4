"""What became of a message: the reference that travels with it, what is told of it, and how much trouble stops a channel.

What is told is joined, never replaced: any order and repetition of tellings ends in the same. Pure; stdlib only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeVar, cast

# --- References -----------------------------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[A-Za-z0-9-]", re.ASCII)
_ESCAPED = re.compile(r"_([0-9a-f]{2})", re.ASCII)
_BETWEEN = "__"  # an underscore is otherwise followed by two hexadecimal digits
LONGEST = 256  # what the strictest carrier of it, a mail tag of SES, may hold


def reference(owner: str, message_id: str) -> str:
    """Owner and message as one word of ASCII letters, digits, `-` and `_`, which mail tags, OutId and contexts carry unchanged."""
    return f"{_escape(owner)}{_BETWEEN}{_escape(message_id)}"


def parse_reference(text: str | None) -> tuple[str, str] | None:
    """(owner, message_id); None for what `reference` did not write, or what was cut short on the way."""
    if not text or len(text) > LONGEST or text.count(_BETWEEN) != 1:
        return None
    try:
        owner, message_id = (_unescape(part) for part in text.split(_BETWEEN))
    except ValueError:
        return None
    return (owner, message_id) if owner and message_id and reference(owner, message_id) == text else None


def _escape(part: str) -> str:
    return "".join(chr(byte) if _PLAIN.fullmatch(chr(byte)) else f"_{byte:02x}" for byte in part.encode())


def _unescape(part: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), part).encode("latin-1").decode()


# --- What a provider tells ------------------------------------------------------------------------------------------------

Channel = Literal["email", "sms"]


GRAVEST_FIRST = ("complained", "unsubscribed", "bounced", "listed")


@dataclass(frozen=True, slots=True)
class Objection:
    """An address that takes no more mail or text messages. `why`: bounced, complained, listed (the provider already refuses it),
    unsubscribed.

    `message_id` and `reference` name the message it came of, as in a receipt. The address is here only until its keyed hash
    is made: it is in no repr, and stored nowhere.
    """

    merchant: str
    platform: str
    account: str
    channel: Channel
    address: str = field(repr=False)
    why: Literal["bounced", "complained", "listed", "unsubscribed"]
    message_id: str | None
    reference: str | None
    at: datetime | None


# --- Joining what is told -------------------------------------------------------------------------------------------------

# Words by which a message's fate is kept. `accepted`: the call itself was answered.
WORDS = ("accepted", "sent", "delivered", "read", "failed", "bounced", "complained")
ARRIVED = ("delivered", "read", "complained")
Told = Mapping[str, str]
S = TypeVar("S", bound=str)


def telling(at: datetime | None, word: str | None = None) -> str:
    """One telling as text: its time (UTC, milliseconds; empty where none is told) and the platform's own word."""
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds") if at else ""
    return f"{stamp}|{word or ''}"


def told_at(text: str) -> datetime | None:
    """The time of a telling."""
    stamp = text.partition("|")[0]
    return datetime.fromisoformat(stamp) if stamp else None


def join(one: Told, other: Told) -> dict[str, str]:
    """Both: of two tellings of one word the first in time, but of failures the last."""
    joined = dict(one)
    for word, text in other.items():
        if word in joined:
            pair = (joined[word], text)
            joined[word] = max(pair) if word == "failed" else min(pair, key=_untimed_last)
        else:
            joined[word] = text
    return joined


def _untimed_last(text: str) -> tuple[bool, str]:
    return text.startswith("|"), text


def fate(state: S, told: Told, *, accepted: bool) -> S:
    """The state that follows from all that is told of a message which is in `state`; the same state where nothing follows.

    `accepted`: the call that handed it over was answered. Such a message stays `sent`, whatever became of it later; of one
    that nobody knows about, a failure is the outcome. What has arrived is sent, even where it waits to be sent again.
    """
    if state in ("cancelled", "suppressed"):
        return state
    if any(word in told for word in ARRIVED):
        return cast("S", "sent")
    if "failed" in told and not accepted:
        return state if state in ("queued", "deferred") else cast("S", "failed")
    return cast("S", "sent") if accepted or "sent" in told else state


def word_of(state: str, told: Told) -> str | None:
    """What a message's outcome is counted as beside its state."""
    if state == "failed":
        return told["failed"].partition("|")[2] or "undelivered"
    if "complained" in told:
        return "complained"
    arrived = max((told[word] for word in ("delivered", "read") if word in told), default=None)
    if "failed" in told and (arrived is None or told_at(told["failed"]) is None or told["failed"] > arrived):
        return "undelivered"
    return next((word for word in ("read", "delivered") if word in told), None)


# --- Trouble --------------------------------------------------------------------------------------------------------------

WINDOW = 1_000  # marketing sends of a channel that are looked at, the newest
BOUNCES_PERMILLE = 40  # 4 %, of 5 at which SES puts an account under review
COMPLAINTS_PER_100_000 = 80  # 0.08 %, of 0.1 %
LEAST_BOUNCES, LEAST_COMPLAINTS = 5, 2  # before the window is full: one complaint of ten sends says nothing yet


@dataclass(frozen=True, slots=True)
class Health:
    """The newest marketing sends of a channel, how many of them bounced for good, and how many people complained."""

    sends: int
    bounced: int
    complained: int

    @staticmethod
    def of(rows: Iterable[tuple[bool, bool]]) -> Health:
        """From (bounced, complained) of each send."""
        kept = list(rows)
        return Health(len(kept), sum(bounced for bounced, _ in kept), sum(complained for _, complained in kept))

    def trouble(self) -> str | None:
        """`bounces` or `complaints` where sending has to stop, else None.

        Exact integers: a share at the limit stops. With a full window the share alone decides, so that one complaint of 1,000
        sends stops; before, there must be LEAST_BOUNCES or LEAST_COMPLAINTS of them as well.
        """
        full = self.sends >= WINDOW
        if self.complained * 100_000 >= COMPLAINTS_PER_100_000 * self.sends and self.complained >= (
            1 if full else LEAST_COMPLAINTS
        ):
            return "complaints"
        if self.bounced * 1_000 >= BOUNCES_PERMILLE * self.sends and self.bounced >= (1 if full else LEAST_BOUNCES):
            return "bounces"
        return None
