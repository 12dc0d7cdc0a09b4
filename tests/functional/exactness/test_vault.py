"""Sealing: what opens where, one key a subject under a race, and tokens that one worker refreshes."""

from __future__ import annotations

from functools import partial
from typing import Any

import boto3
import pytest

from chalicelib.adapters.table import Table, key
from chalicelib.adapters.vault import KmsVault, _encrypt
from chalicelib.contract import Account
from chalicelib.errors import Permanent
from ops.local import KEYS_TABLE, LocalKms
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import Stack

SHOP = Account("demo", "douyin", "95250")


def vaults(stack: Stack, kms: Any, key_id: str = "local", count: int = 1) -> list[KmsVault]:
    """So many workers' vaults over the same keys."""
    keys = Table(lambda: stack.engine.client("dynamodb"), KEYS_TABLE)
    return [KmsVault(lambda: kms, key_id, keys, stack.clock) for _ in range(count)]


def refuse(action: Any) -> None:
    with pytest.raises(Permanent) as caught:
        action()
    assert caught.value.reason == "seal-broken"


def check(stack: Stack, kms: Any, key_id: str) -> None:
    one, other = vaults(stack, kms, key_id, 2)
    sealed, second = one.seal("demo", "s1", b"Ann"), one.seal("demo", "s2", b"Bob")
    assert other.open("demo", "s1", sealed) == b"Ann"
    assert b"Ann" not in sealed
    one.seal("shop2", "s1", b"x")
    for merchant, subject, data in (
        ("demo", "s1", second),
        ("demo", "s2", sealed),
        ("shop2", "s1", sealed),
        ("demo", "s9", sealed),
    ):
        refuse(lambda m=merchant, s=subject, d=data: other.open(m, s, d))
    for position in (0 + 1, 5, len(sealed) - 1):
        flipped = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        refuse(lambda d=flipped: other.open("demo", "s1", d))
    raw = one.seal_raw("demo", b"request", "c1")
    assert other.open_raw("demo", raw, "c1") == b"request"
    one.seal_raw("shop2", b"x", "c1")
    refuse(lambda: other.open_raw("demo", raw, "c2"))
    refuse(lambda: other.open_raw("shop2", raw, "c1"))
    refuse(lambda: other.open_raw("demo", b"", "c1"))
    assert one.lookup("demo", "email", "a@example.com") == other.lookup("demo", "email", "a@example.com")
    looked = {one.lookup(m, k, "a@example.com") for m in ("demo", "shop2") for k in ("email", "phone")}
    assert len(looked) == 4
    stack.dynamodb.delete_item(TableName=KEYS_TABLE, Key=Table.keys(key("demo", "s1"), "key"))
    refuse(lambda: vaults(stack, kms, key_id)[0].open("demo", "s1", sealed))
    vaults(stack, kms, key_id)[0].seal("demo", "s1", b"new")
    refuse(lambda: vaults(stack, kms, key_id)[0].open("demo", "s1", sealed))


def test_sealed_data_opens_for_its_merchant_subject_and_context_alone(stack: Stack) -> None:
    check(stack, LocalKms(), "local")


def test_what_was_sealed_before_places_were_bound_opens_still_and_what_is_bound_never_passes_for_it(moto_stack: Stack) -> None:
    (vault,) = vaults(moto_stack, LocalKms())
    bound = vault.seal("demo", "s1", b"Ann", "order\x1fE1")
    before = b"\x01" + _encrypt(vault._data_key("demo", "s1"), b"Ann", "pii\x1fdemo\x1fs1")
    assert vault.open("demo", "s1", before, "order\x1fE1") == vault.open("demo", "s1", bound, "order\x1fE1") == b"Ann"
    refuse(lambda: vault.open("demo", "s1", b"\x01" + bound[1:], "order\x1fE2"))
    refuse(lambda: vault.open("demo", "s1", bound, "order\x1fE2"))
    refuse(lambda: vault.open_raw("demo", b"\x02" + vault.seal_raw("demo", b"x", "c")[1:], "c"))


def test_the_same_with_kms(moto_stack: Stack) -> None:
    kms = boto3.client("kms", region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local")
    check(moto_stack, kms, kms.create_key()["KeyMetadata"]["KeyId"])


def test_a_race_for_a_subjects_key_ends_in_one_key(stack: Stack) -> None:
    stack.app.parts.table.client  # noqa: B018  # made before the threads
    workers = vaults(stack, LocalKms(), count=20)
    sealed: list[bytes] = []

    def seal(vault: KmsVault) -> None:
        sealed.append(vault.seal("demo", "raced", b"x"))

    at = at_once([partial(seal, vault) for vault in workers], 20)
    assert at == []
    assert len(sealed) == 20
    late = workers[0]
    late._opened.clear()
    assert {late.open("demo", "raced", each) for each in sealed} == {b"x"}
