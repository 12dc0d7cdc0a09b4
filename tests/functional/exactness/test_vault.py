"""Sealing: what opens where, one key a subject under a race, and tokens that one worker refreshes."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from chalicelib.adapters.platform_http import TokenStore
from chalicelib.adapters.table import Table, key
from chalicelib.adapters.vault import KmsVault
from chalicelib.contract import Account, Token
from chalicelib.errors import Permanent, Retriable
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


def stores(stack: Stack, count: int) -> list[TokenStore]:
    parts = stack.app.parts
    return [TokenStore(parts.table, parts.vault, parts.clock, SHOP) for _ in range(count)]


def test_twenty_workers_refresh_a_token_once(stack: Stack) -> None:
    stack.app.parts.vault.seal("demo", "token-douyin-95250", b"x")
    calls: list[Token | None] = []
    lock = threading.Lock()

    def refresh(held: Token | None) -> Token:
        with lock:
            calls.append(held)
        return Token("fresh", stack.clock.now() + timedelta(hours=1), "next")

    got: list[str] = []

    def get(store: TokenStore) -> None:
        got.append(store.get(refresh))

    errors = at_once([partial(get, store) for store in stores(stack, 20)], 20)
    assert len(calls) == 1
    assert set(got) == {"fresh"}
    assert len(got) + len(errors) == 20
    assert all(isinstance(error, Retriable) and error.after for error in errors)
    (store,) = stores(stack, 1)
    store.expire("fresh")
    store.expire("fresh")
    assert store.get(refresh) == "fresh"
    assert [held and held.refresh_token for held in calls] == [None, "next"]


def test_a_revoked_token_says_so_and_frees_the_lease(stack: Stack) -> None:
    def revoked(_held: Token | None) -> Token:
        raise Permanent("token-revoked")

    (store,) = stores(stack, 1)
    for _ in range(2):
        with pytest.raises(Permanent):
            store.get(revoked)


def test_a_worker_that_dies_while_refreshing_blocks_the_others_for_its_lease_only(stack: Stack) -> None:
    class Died(BaseException):
        pass

    def dies(_held: Token | None) -> Token:
        raise Died

    def works(_held: Token | None) -> Token:
        return Token("fresh", None)

    first, second = stores(stack, 2)
    with pytest.raises(Died):
        first.get(dies)
    with pytest.raises(Retriable):
        second.get(works)
    stack.clock.at += timedelta(seconds=46)
    assert second.get(works) == "fresh"
