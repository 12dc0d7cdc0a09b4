"""What a merchant has with a neighbour in the same deployment is byte for byte what they have alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib import bootstrap, entry
from chalicelib.adapters.table import key
from chalicelib.adapters.vault import KmsVault
from chalicelib.envelope import decode, encode
from chalicelib.errors import Permanent, Rejected
from chalicelib.links import stamp
from chalicelib.merchants import Merchants
from ops.local import moto
from tests.functional.tenants.town import A, B, Town, batch, links, no_chance, order, play, speak, told

FORM = {"content-type": "application/x-www-form-urlencoded"}
Had = dict[str, Any]


@pytest.fixture(scope="module")
def had() -> Iterator[dict[tuple[str, ...], dict[str, Had]]]:
    """What each has, by who else was there. Only what was read is kept: the tables are gone."""
    found: dict[tuple[str, ...], dict[str, Had]] = {}
    for merchants in ((A, B), (A,), (B,)):
        with moto(wire=False) as engine, no_chance():
            town = Town(engine, merchants)
            play(town)
            found[merchants] = {merchant: town.has(merchant) for merchant in merchants}
            assert {key.split("#")[0] for key, _ in town.rows("huitou")} == set(merchants)
            assert {key.split("/")[1] for key in town.archive.objects} == set(merchants)
    bootstrap.install(None)
    yield found


@pytest.mark.fault(70)
@pytest.mark.parametrize("merchant", [A, B])
def test_a_merchant_has_the_same_with_and_without_a_neighbour(had: dict[tuple[str, ...], dict[str, Had]], merchant: str) -> None:
    together, alone = had[A, B][merchant], had[merchant,][merchant]
    for what in ("rows", "keys", "objects", "mails"):
        assert together[what] == alone[what]


def test_the_play_reaches_everything(had: dict[tuple[str, ...], dict[str, Had]]) -> None:
    """A world in which nothing happens would be the same with and without anybody."""
    for merchant in (A, B):
        mine = had[A, B][merchant]
        kinds = {key.split("#")[1] for key, _ in mine["rows"]}
        # orders, records, members, links, consents, suppressions, cells, days, clicks and answers, marks, cases, sends
        assert kinds >= {"O", "R", "M", "I", "S", "X", "C", "D", "E", "N", "G", "K"}
        assert {key.split("/")[0] for key in mine["objects"]} == {"raw", "digests"}
        assert len(mine["mails"]) >= 4
    assert had[A, B][A]["mails"] != had[A, B][B]["mails"]


def shared(place: Callable[..., str]) -> Callable[..., str]:
    """Keys of rows without their merchant."""
    return lambda _merchant, *rest: place(A, *rest)


@pytest.mark.fault(70, saboteur=True)
@pytest.mark.parametrize("guard", ["key", "config"])
def test_without_a_guard_neighbours_meet(quick: Any, guard: str) -> None:
    """The saboteurs: rows whose keys name no merchant, and another merchant's configuration."""
    town = Town(quick, (B,))
    told(town)
    alone = town.has(B)
    town = Town(quick)
    with (
        patch("chalicelib.adapters.orders.key", shared(key))
        if guard == "key"
        else patch.object(Merchants, "of", lambda book, _merchant: book.snapshot().configs[A])
    ):
        try:
            told(town)
        except AssertionError:
            return
    assert town.has(B) != alone


@pytest.mark.fault(70)
def test_nothing_of_one_opens_anything_of_the_other(quick: Any) -> None:
    town = Town(quick)
    told(town)
    speak(town)
    mine, theirs = town.of(B), links(town.mails(A))
    before, rows = town.has(B), town.rows("huitou")
    refuse(town, theirs)
    for kind, act in (("c", mine.clicks.follow), ("s", mine.survey.look), ("unsubscribe", mine.unsubscribe.check)):
        for token in theirs[kind]:
            with pytest.raises(Rejected):
                act(token)
    assert (town.has(B), town.rows("huitou")) == (before, rows)

    for owner in {place.split("#")[2] for place, _ in rows if place.startswith(f"{A}#M#")}:
        assert list(mine.outbox.of(B, owner)) == [], "a message's owner is known to one merchant alone"
    assert mine.marks.get(B, f"pull#woocommerce#{A}-shop") is None
    assert town.of(A).marks.get(A, f"pull#woocommerce#{A}-shop") is not None


def refuse(town: Town, theirs: dict[str, list[str]]) -> None:
    """Links of one under the other's stamp are nobody's, whether one looks or does."""
    assert all(theirs.values())
    for kind, tokens in theirs.items():
        for token in tokens:
            forged = token[:-2] + stamp(B)
            assert token[-2:] == stamp(A) != stamp(B)
            assert town.http("GET", f"/{kind}/{forged}")["statusCode"] == 404
            if kind != "c":
                assert town.http("POST", f"/{kind}/{forged}", FORM, b"score=9")["statusCode"] == 404


@pytest.mark.fault(70, saboteur=True)
def test_a_token_that_does_not_depend_on_its_merchant_is_found_out(quick: Any) -> None:
    """The saboteur of the signature: one key for all, and no stamp of its own in what is signed."""
    town = Town(quick)
    hashed = KmsVault.lookup

    def same(vault: KmsVault, _merchant: str, kind: str, value: str) -> str:
        return hashed(vault, "-", kind, value)

    with patch.object(KmsVault, "lookup", same):
        told(town)
        speak(town)
        with pytest.raises(AssertionError):
            refuse(town, links(town.mails(A)))


def test_an_envelope_under_another_merchant_does_nothing(quick: Any) -> None:
    town = Town(quick)
    at, body = order("ann", town.clock.now().date(), 20)
    assert town.push(A, "order", at, body) == 200
    (queued,) = town.inbound.bodies
    town.flow()
    before = town.has(B)
    (raw,) = [key for key in town.archive.objects if key.startswith(f"raw/{A}/")]
    moved = json.loads(queued) | {"merchant": B, "account": f"{B}-erp"}
    claimed = moved | {"sealed": None, "claim": raw}
    town.inbound.bodies += [json.dumps(each) for each in (moved, claimed)]
    assert batch(entry.normalise, town.inbound) == []
    after = town.has(B)
    assert {key.split("#")[1] for key, _ in after["rows"].keys() - before["rows"].keys()} <= {"Q"}, "only quarantine has it"
    assert after["objects"] == before["objects"]
    with pytest.raises(Permanent, match="seal-broken"):
        town.of(B).parts.vault.open_raw(B, town.archive.objects[raw], decode(queued).digest)


def test_an_envelope_of_nobody_stays_on_its_queue(quick: Any) -> None:
    town = Town(quick)
    at, body = order("ann", town.clock.now().date(), 20)
    assert town.push(A, "order", at, body) == 200
    (queued,) = town.inbound.bodies
    town.inbound.bodies = [queued, json.dumps(json.loads(queued) | {"merchant": "nobody"}), '{"no": "envelope"}']
    assert [each["itemIdentifier"] for each in batch(entry.normalise, town.inbound)] == ["1", "2"]
    assert town.counters.total("record_failed", reason="merchant-unknown") == 1
    assert len([key for key, _ in town.rows("huitou") if "#O#" in key]) == 1
    assert encode(decode(queued)) == queued
