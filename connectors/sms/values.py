"""What every module of the connector shares: numbers, words that end it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from chalicelib.toolkit.loose import Reader

KEY = "sms"
READ = Reader(KEY)
CHANNEL: Final = "sms"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_MAINLAND = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_WORLD = re.compile(r"[1-9][0-9]{7,14}", re.ASCII)
CHINA = "+86"
# What a person answers to hear no more: the words that Aliyun's console adds, and those that AWS takes. [docs]
STOP = frozenset(
    {
        "T",
        "TD",
        "R",
        "N",
        "退订",
        "退訂",
        "拒收",
        "ARRET",
        "CANCEL",
        "END",
        "OPT-OUT",
        "OPTOUT",
        "QUIT",
        "REMOVE",
        "STOP",
        "UNSUBSCRIBE",
    }
)


def to_aliyun(phone: str) -> str | None:
    """A number in E.164 as Aliyun takes it: 11 digits for the mainland, else country code and number. None where it is none."""
    if not _E164.fullmatch(phone):
        return None
    if phone.startswith(CHINA):
        bare = phone.removeprefix(CHINA)
        return bare if _MAINLAND.fullmatch(bare) else None
    return phone[1:]


def from_aliyun(phone: str | None) -> str | None:
    """A number as Aliyun writes it, in E.164; None where it is masked or none."""
    bare = (phone or "").removeprefix("+")
    if _MAINLAND.fullmatch(bare):
        return f"{CHINA}{bare}"
    return f"+{bare}" if _WORLD.fullmatch(bare) and _E164.fullmatch(f"+{bare}") else None


def e164(phone: str | None) -> str | None:
    """A number that is E.164 already; None where it is not."""
    return phone if phone and _E164.fullmatch(phone) else None


def stops(content: str | None) -> bool:
    """Whether an answer ends it: full-width letters, blanks and a full stop behind the word are let go."""
    word = unicodedata.normalize("NFKC", content or "").strip(" \t\r\n.。!！").upper()
    return word in STOP
