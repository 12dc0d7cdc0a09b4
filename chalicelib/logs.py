"""Log lines as JSON, without a value of a person in them.

A line has a constant sentence, facts by names that are listed here, and the id of the delivery it is about. Of an error it has the
type, our reason and the places in the code; never the message of a foreign error, which may quote what it choked on. Of other
libraries' lines it has the sentence before anything is put into it.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

from chalicelib import tracing

NAME = "huitou"
# What a line may tell. Ids are the platforms' or ours, reasons and states our own words, the rest counts.
FACTS = frozenset(
    {"reason", "step", "platform", "merchant", "message", "provider", "state", "kind", "count", "traces", "channel", "effect"}
)
_PLACES = 6  # the innermost of our own frames
_OURS = ("chalicelib", "connectors")


class Lines(logging.Handler):
    """A handler that writes one JSON line a record."""

    def __init__(self, write: Callable[[str], object]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """See logging."""
        self._write(line(record))


def line(record: logging.LogRecord) -> str:
    """A record as JSON. Its arguments are left out: only `note` says what may be told."""
    told: dict[str, object] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "said": str(record.msg) if isinstance(record.msg, str) else type(record.msg).__name__,
    }
    if record.name != NAME:
        told["by"] = record.name
    if (trace := tracing.current()) is not None:
        told["trace"] = trace
    told |= getattr(record, "facts", {})
    if record.exc_info and record.exc_info[0]:
        told |= _error(record.exc_info[0], record.exc_info[1], record.exc_info[2])
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def note(said: str, *, level: int = logging.INFO, error: BaseException | None = None, **facts: object) -> None:
    """Log a line. `said` is constant; facts are those of FACTS, and None is left out. ValueError on another name."""
    if not FACTS.issuperset(facts):
        raise ValueError(f"not a fact that a log line may tell: {sorted(facts.keys() - FACTS)}")
    logger = logging.getLogger(NAME)
    if logger.isEnabledFor(level):
        logger.log(
            level, said, exc_info=error, extra={"facts": {name: value for name, value in facts.items() if value is not None}}
        )


def to_stdout(line: str) -> None:
    """One line on standard output, where Lambda and containers are read."""
    sys.stdout.write(line + "\n")


def install(write: Callable[[str], object] = to_stdout) -> None:
    """Write this process's log through `write`; again replaces what was there.

    Chalice puts a handler of its own on the logger of the application's name, which is ours as well, and leaves it deaf to all but
    errors; Lambda puts one on the root, which formats whatever a library says.
    """
    logger, root = logging.getLogger(NAME), logging.getLogger()
    logger.handlers = [Lines(write)]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    root.handlers = [Lines(write)]
    root.setLevel(logging.WARNING)


def _error(kind: type[BaseException], error: BaseException | None, trail: TracebackType | None) -> dict[str, object]:
    """An error's type, our reason where it is one of ours, and where in our own code it passed."""
    reason = getattr(error, "reason", None)
    told: dict[str, object] = {"error": kind.__name__}
    if isinstance(reason, str):
        told["reason"] = reason
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trail)]
    ours = [place for place in places if any(f"/{room}/" in place for room in _OURS)]
    told["where"] = [_short(place) for place in ours[-_PLACES:]]
    return told


def _short(place: str) -> str:
    """The path from our own room on: a machine's folders say nothing."""
    begins = max(place.rfind(f"/{room}/") for room in _OURS)
    return place[begins + 1 :]
