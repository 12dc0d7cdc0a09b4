"""Links of messages: whatever a message is called, its token names it and no other."""

from __future__ import annotations

import hashlib
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.errors import Rejected
from chalicelib.links import Links
from chalicelib.ports import Vault

NAMES = st.text("ab~/-1", max_size=8)


class Hashing:
    """The one thing that links ask of the vault."""

    def lookup(self, merchant: str, kind: str, value: str) -> str:
        """A keyed hash, the key being known."""
        return hashlib.sha256(f"{merchant}|{kind}|{value}".encode()).hexdigest()[:22]


LINKS = Links(cast("Vault", Hashing()), "survey")


@given(NAMES, NAMES, NAMES)
@example("generic/erp/ann", "survey-1-", "")
@example("generic/erp/ann", "spring~sale-", "")
@example("a~b", "survey-1-", "")
@example("~", "", "~")
def test_a_token_names_its_message(owner: str, before: str, after: str) -> None:
    for message_id in (f"{before}{owner}{after}", f"{before}{after}"):
        assert LINKS.named("demo", LINKS.token("demo", owner, message_id)) == (owner, message_id)


def test_an_owner_is_told_once() -> None:
    owner = "generic/erp/" + "x" * 60
    assert len(LINKS.token("demo", owner, f"survey-1-{owner}")) < 160


def test_a_token_is_good_for_its_merchant_and_kind_alone() -> None:
    token = LINKS.token("demo", "ann", "survey-1-ann")
    for links, merchant in ((LINKS, "other"), (Links(cast("Vault", Hashing()), "click"), "demo")):
        with pytest.raises(Rejected, match="no such link"):
            links.named(merchant, token)
