"""Vocabularies of WeCom as data. Sources: [docs] developer.work.weixin.qq.com by path, [code] public SDKs, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.contact import State
from chalicelib.toolkit.errcodes import Codes

EXTERNAL = "change_external_contact"
# ChangeType [docs 92277]: what it makes of the contact, as far as the event itself tells.
ADDED, HALF, EDITED = "add_external_contact", "add_half_external_contact", "edit_external_contact"
DELETED, LEFT = "del_external_contact", "del_follow_user"
STATES: dict[str, State] = {ADDED: "active", HALF: "pending", DELETED: "removed", LEFT: "left"}
READ_AGAIN = frozenset({ADDED, EDITED})  # name, unionid and tags stand in no event
OTHER_CHANGES: dict[str, EventKind] = {"transfer_fail": "account", "msg_audit_approved": "account"}
# Events that are known and not kept [docs].
IGNORED = frozenset(
    {"change_external_chat", "change_external_tag", "template_card_event", "enter_agent", "subscribe", "unsubscribe"}
)

# status of a row of get_groupmsg_send_result [docs 93338]; 0 is not sent yet.
SENT, NOT_A_FRIEND, ANOTHER_MESSAGE = 1, 2, 3
RECEIPTS: dict[int, tuple[str, str | None]] = {
    SENT: ("sent", None),
    NOT_A_FRIEND: ("failed", "not-a-friend"),
    ANOTHER_MESSAGE: ("failed", "another-message"),
}

# errcode [docs 90313].
CODES = Codes(
    token_over=frozenset({40014, 42001}),
    throttled={45009: 3_600, 45033: 60},
    misconfigured={
        40001: "corp-secret-refused",
        40013: "corp-id-refused",
        48002: "permission-missing",
        60020: "address-not-trusted",
        60011: "permission-missing",
        301002: "permission-missing",
    },
)
GONE = frozenset({84061, 40096})  # not a customer of that employee; no such id
NO_CUSTOMERS = 84061
NOBODY = 41048
WELCOME_OVER = frozenset({41050, 41051})
TAG_EXISTS = 40071  # [memory]
