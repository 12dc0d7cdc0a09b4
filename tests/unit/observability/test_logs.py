"""A log line tells what it may, and nothing that was put into it on the way."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from chalicelib import logs, tracing


def record(said: object, *args: object, name: str = "botocore", error: bool = False) -> logging.LogRecord:
    """A record as a library makes it."""
    return logging.LogRecord(name, logging.WARNING, __file__, 1, said, args, sys.exc_info() if error else None)


def told(one: logging.LogRecord) -> dict[str, Any]:
    """The line of a record."""
    found: dict[str, Any] = json.loads(logs.line(one))
    return found


def test_arguments_are_left_out_whoever_logs() -> None:
    line = told(record("Retry of %s for %s", "https://example.com/?token=abc", "Ann"))
    assert line["said"] == "Retry of %s for %s"
    assert (line["by"], line["level"]) == ("botocore", "warning")
    assert "token" not in json.dumps(line) and "Ann" not in json.dumps(line)


def test_what_is_no_sentence_is_its_type() -> None:
    assert told(record({"email": "ann@example.com"}))["said"] == "dict"


def test_an_error_is_its_type_and_where_it_was_never_its_message() -> None:
    try:
        tracing.under(7 / 0)  # type: ignore[arg-type]
    except ZeroDivisionError:
        line = told(record("failed", error=True))
    assert line["error"] == "ZeroDivisionError"
    assert line["where"] == []  # of the tests' code nothing is told
    assert "division" not in json.dumps(line)


def test_of_our_own_frames_the_place_is_told() -> None:
    with pytest.raises(ValueError) as raised:
        logs.note("said", email="ann@example.com")
    line = told(logging.LogRecord(logs.NAME, logging.ERROR, __file__, 1, "failed", (), raised._excinfo))
    assert line["where"][0].startswith("chalicelib/logs.py:")
    assert line["where"][0].endswith(" note")


def test_only_listed_facts_are_told() -> None:
    with pytest.raises(ValueError, match="address"):
        logs.note("sent", address="somewhere")


def test_the_id_that_is_bound_is_in_the_line_and_outside_none() -> None:
    with tracing.under("abc"):
        with tracing.under("def"):
            assert told(record("x"))["trace"] == "def"
        assert told(record("x"))["trace"] == "abc"
    assert "trace" not in told(record("x"))


@pytest.mark.parametrize(
    ("key", "trace"),
    [
        ("raw/demo/shopify/acme/2026-11-20/orders%2Fcreate/040000000-request-0123abcd", "0123abcd"),
        ("raw/demo/shopify/acme-2/2026-11-20/-/040000000-event-ff", "ff"),
        ("", None),
        (None, None),
    ],
)
def test_the_id_in_a_name_of_the_archive(key: str | None, trace: str | None) -> None:
    assert tracing.of_archive(key) == trace


def test_after_installing_lambdas_own_handler_and_chalices_deafness_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)  # a benchmark may have hushed everything
    logger, root = logging.getLogger(logs.NAME), logging.getLogger()
    before = [(each, each.handlers, each.level, each.propagate) for each in (logger, root)]
    found: list[str] = []
    try:
        logger.setLevel(logging.ERROR)  # as Chalice leaves it
        logger.handlers, root.handlers = [logging.NullHandler()], [logging.NullHandler()]
        logs.install(found.append)
        logs.note("heard", count=3, reason=None)
        logging.getLogger("some.library").warning("too %s", "late")
    finally:
        for each, handlers, level, propagate in before:
            each.handlers, each.propagate = handlers, propagate
            each.setLevel(level)
    first, second = (json.loads(line) for line in found)
    assert (first["said"], first["count"], "reason" in first) == ("heard", 3, False)
    assert (second["by"], second["said"]) == ("some.library", "too %s")
