"""What every module of the connector shares."""

from __future__ import annotations

import re

from chalicelib.toolkit.loose import Reader

KEY = "wecom"
READ = Reader(KEY)
_ID = re.compile(r"[A-Za-z0-9_.@-]{1,64}", re.ASCII)


def known(value: str | None) -> str | None:
    """An employee's or customer's id; None where it is none."""
    return value if value and _ID.fullmatch(value) else None


def channel(employee: str) -> str:
    """The channel of consent: each employee has it, and loses it, by themselves."""
    return f"{KEY}:{employee}"
