"""What is sealed opens in its own place alone, and who has the table but not the key learns nobody's number by trying."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.adapters import vault as sealing
from chalicelib.adapters.table import Table
from chalicelib.adapters.vault import KmsVault
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Permanent
from chalicelib.ports import RecordKey
from ops.local import TABLE, moto
from tests.functional.exactness.world import deliver, erp
from tests.functional.stack import Stack
from tests.kit.faults import Told

GUESSES = 1_000_000
NUMBER = 13_800_123_456
FIRST = 13_800_000_000


def shop(engine: Any) -> Stack:
    """Two persons; one of them with two orders."""
    stack = Stack(engine)
    for order, buyer in (("E1", "b1"), ("E2", "b2"), ("E3", "b1")):
        deliver(stack, [erp(order, 1, "paid", 300, buyer=buyer)])
    stack.normalise()
    return stack


def swaps(stack: Stack) -> list[tuple[str, str]]:
    """Pairs of orders each of whose sealed parts opens in the other's place, by whoever can write the table."""
    places = {name: f"demo#O#generic#erp#{name}" for name in ("E1", "E2", "E3")}
    items = {
        name: stack.dynamodb.get_item(TableName=TABLE, Key=Table.keys(place, "order"))["Item"] for name, place in places.items()
    }
    opened = []
    for mine, other in (("E1", "E2"), ("E2", "E1"), ("E1", "E3")):
        stack.dynamodb.put_item(TableName=TABLE, Item=items[mine] | {"pii": items[other]["pii"]})
        try:
            found = stack.app.lookups.revealing.order(OrderKey("demo", "generic", "erp", mine))
            if found is not None and not found.erased and found.order.buyer.name:
                opened.append((mine, other))
        except Permanent as error:
            assert error.reason == "seal-broken"
        stack.dynamodb.put_item(TableName=TABLE, Item=items[mine])
    return opened


@pytest.mark.fault(65)
def test_65_a_sealed_part_opens_in_no_other_place(fault: Told) -> None:
    with moto(wire=False) as engine:
        stack = shop(engine)
        assert swaps(stack) == []
        assert stack.app.lookups.revealing.order(OrderKey("demo", "generic", "erp", "E1")) is not None
    fault.figure("0 of 3 swaps opened, of one person's two orders too")


@pytest.mark.fault(65, saboteur=True)
def test_65_without_its_context_a_swap_opens() -> None:
    encrypt, decrypt = sealing._encrypt, sealing._decrypt
    with (
        moto(wire=False) as engine,
        patch.object(sealing, "_encrypt", lambda secret, data, _context: encrypt(secret, data, "")),
        patch.object(sealing, "_decrypt", lambda secret, sealed, _context: decrypt(secret, sealed, "")),
    ):
        assert ("E1", "E3") in swaps(shop(engine))


def guessed(wanted: set[bytes], spelled: Callable[[str], bytes], count: int) -> int:
    """How many of so many numbers have a hash that is in the table."""
    return sum(spelled(f"+86{FIRST + step}")[:16] in wanted for step in range(count))


def stored(vault: KmsVault) -> set[bytes]:
    """What the table holds of one number."""
    text = vault.lookup("demo", "phone", f"+86{NUMBER}")
    return {base64.urlsafe_b64decode(text + "==")}


def keyless(number: str) -> bytes:
    """What is hashed, as everybody can read it here, without the key that nobody has."""
    return hashlib.sha256(f"phone\x1f{number}".encode()).digest()


OTHERS: tuple[Callable[[str], bytes], ...] = (
    lambda number: hashlib.sha256(number.encode()).digest(),
    lambda number: hmac.digest(b"demo", f"phone\x1f{number}".encode(), "sha256"),
    lambda number: hmac.digest(b"", f"phone\x1f{number}".encode(), "sha256"),
)


@pytest.mark.fault(65)
def test_65_a_million_numbers_tried_without_the_key_hit_nothing(fault: Told) -> None:
    with moto(wire=False) as engine:
        vault: Any = Stack(engine).app.parts.vault
        wanted = stored(vault)
        tried = guessed(wanted, keyless, GUESSES)
        near = range(NUMBER - FIRST - 50, NUMBER - FIRST + 50)
        tried += sum(spell(f"+86{FIRST + step}")[:16] in wanted for spell in OTHERS for step in near)
        assert tried == 0
        assert stored(vault) == wanted, "the owner of the key finds them"
    fault.figure(f"0 hits in {GUESSES + 300:,} guesses, the right number among them")


@pytest.mark.fault(65, saboteur=True)
def test_65_a_hash_without_a_key_is_guessed() -> None:
    assert guessed({keyless(f"+86{NUMBER}")[:16]}, keyless, NUMBER - FIRST + 1) == 1


def test_a_record_opens_in_no_other_place() -> None:
    with moto(wire=False) as engine:
        stack = shop(engine)
        vault = stack.app.parts.vault
        key = RecordKey("demo", "generic", "erp", "review", "R1")
        sealed = vault.seal("demo", "s", b"{}", key.place)
        assert vault.open("demo", "s", sealed, key.place) == b"{}"
        with pytest.raises(Permanent, match="seal-broken"):
            vault.open("demo", "s", sealed, key._replace(id="R2").place)
