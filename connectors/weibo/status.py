"""Weibo's vocabularies as data. Sources: [docs] open.weibo.com/wiki, [code] public programs, [memory] not confirmed."""

from __future__ import annotations

from typing import Literal

from chalicelib.contract import EventKind

# `type` of a push, and `data.subtype` of an event [docs]. Anything else is ignored, as the documentation asks for.
MESSAGES = frozenset({"text", "image", "voice", "position"})
EVENT, MENTION = "event", "mention"
CONTACTS: dict[str, Literal["active", "left"]] = {
    "follow": "active",
    "subscribe": "active",
    "unfollow": "left",
    "unsubscribe": "left",
}
KINDS: dict[str, EventKind] = {**dict.fromkeys(MESSAGES, "message"), **dict.fromkeys(CONTACTS, "contact"), MENTION: "review"}

# error_code of an answer [docs, error codes of open.weibo.com; those of tokens and limits from memory].
TOKEN_DEAD = frozenset({21314, 21315, 21316, 21317, 21319, 21327, 21332})
THROTTLED = frozenset({10022, 10023, 10024, 20016})
UNAVAILABLE = frozenset({10001, 10002, 10003, 10009, 10010, 10011})
MISCONFIGURED: dict[int, str] = {
    10006: "app-key-refused",  # source is missing
    10014: "permission-missing",
    10015: "permission-missing",
    21301: "permission-missing",
    21335: "permission-missing",
}
MISSING = frozenset({20003, 20101, 20102, 20103, 20201, 20202})  # no such user, post or comment
REFUSED: dict[int, str] = {
    20012: "text-too-long",
    20013: "text-too-long",
    20017: "said-before",
    20019: "said-before",
    20203: "text-empty",
    20206: "recipient-refused",  # only those whom the author follows may comment
    20207: "recipient-refused",
    20210: "recipient-refused",
    21102: "recipient-refused",
}
