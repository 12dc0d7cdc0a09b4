"""Links of messages: a signed token that names one message and nothing else. Used by click and survey.

A token holds no personal data, opens no other kind of link, and is good for one merchant.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from chalicelib.errors import Rejected

if TYPE_CHECKING:
    from chalicelib.ports import Vault

_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,800})\.([A-Za-z0-9_-]{1,64})", re.ASCII)
_OWNER = "~"  # stands in a message's id for its owner, which most ids hold: a link in a text message costs by the letter
_WHOLE = "\x1f"  # before an id that is told as it is, since it has that very sign in it


class Links:
    """Tokens of one kind of link; `kind` is signed with them."""

    def __init__(self, vault: Vault, kind: str) -> None:
        self._vault = vault
        self._kind = kind

    def token(self, merchant: str, owner: str, message_id: str) -> str:
        """The token of one message."""
        name = f"{owner}\x1f{_shortened(owner, message_id)}"
        told = base64.urlsafe_b64encode(name.encode()).decode("ascii").rstrip("=")
        return f"{told}.{self._signature(merchant, name)}"

    def named(self, merchant: str, token: str) -> tuple[str, str]:
        """The owner and id of a token's message; Rejected 404 on any that `token` did not make."""
        found = _TOKEN.fullmatch(token)
        name = _decoded(found.group(1)) if found else None
        if found is None or name is None:
            raise _unknown()
        if not hmac.compare_digest(self._signature(merchant, name).encode(), found.group(2).encode()):
            raise _unknown()
        owner, _, message_id = name.partition("\x1f")
        return owner, message_id[1:] if message_id.startswith(_WHOLE) else message_id.replace(_OWNER, owner)

    def _signature(self, merchant: str, name: str) -> str:
        return self._vault.lookup(merchant, self._kind, name) + stamp(merchant)


def stamp(merchant: str) -> str:
    """The two letters at the end of each signed link by which a deployment of several merchants finds whose keys to try.

    Two merchants may have the same, and anybody can write it: it decides nothing.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(merchant.encode()).digest()[:2]).decode("ascii")[:2]


def stamp_of(token: str) -> str:
    """The stamp of a token, whoever made it."""
    return token[-2:]


def _shortened(owner: str, message_id: str) -> str:
    if _OWNER in message_id:
        return _WHOLE + message_id
    return message_id.replace(owner, _OWNER) if owner else message_id


def _unknown() -> Rejected:
    return Rejected("token-unknown", "no such link", status=404)


def _decoded(told: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
