"""A person is erased: twelve planted words are found nowhere, everybody else and every sum is as it was, nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.personal_rows import DynamoPersonalRows
from chalicelib.adapters.vault import KmsVault
from chalicelib.domain.record import OrderKey
from chalicelib.purging import Purging
from chalicelib.seeking import Seeking
from ops.local import KEYS_TABLE, TABLE
from tests.functional.exactness.surveyed import answer, flow
from tests.functional.privacy.scene import (
    BUYER,
    OTHER,
    PLANTED,
    SURVEY,
    Search,
    at,
    buys,
    erase,
    erp_order,
    goes_wrong,
    scan,
    scene,
    subject,
    sums,
    talks,
    told,
    wait,
)
from tests.functional.stack import NOW, Stack
from tests.kit.faults import Told


class Killed(BaseException):
    """The process was killed here."""


def left(stack: Stack) -> list[str]:
    """What an erasure should have seen to, and did not."""
    me = subject(stack, "generic", "erp", BUYER)
    found = [f"{word} in {sorted(places)}" for word, places in Search(stack).found((*PLANTED, "wmcontactzq4455")).items()]
    order = stack.app.orders.read(OrderKey("demo", "generic", "erp", "erp-50003"))
    found += ["a key"] if stack.app.parts.vault.has_key("demo", me) else []
    found += [f"sealed under {me}"] if order.personal is not None else []
    found += [f"known by {each}" for each in order.identities if not each.startswith("erased:")]
    found += [f"message {each.state}" for each in stack.app.outbox.of("demo", me) if each.state in ("queued", "deferred")]
    found += [f"word {word.channel}" for word in stack.app.members.words("demo", me)]
    for item in scan(stack, TABLE):
        kind = item.get("kind", {}).get("S", "")
        stale = kind == "link" and "erased:" not in item["pk"]["S"] and item["sk"]["S"] == me
        found += [f"{kind}: {item['pk']['S']}"] if stale or kind in ("acquaintance", "entry") else []
    found += [f"drafted {case.draft}" for _, case, _ in stack.app.outreach.desk.cases.all("demo", "generic", "erp") if case.draft]
    return found


def surveyed(stack: Stack) -> None:
    """The person answers a survey, after a mail of a campaign."""
    assert stack.sweep() >= 1
    came = erp_order("erp-50009", NOW - timedelta(days=6), status="delivered", delivered_at=at(NOW - timedelta(days=4)))
    assert told(stack, "order", came) == 200
    flow(stack)
    assert stack.app.outreach.surveys.sweep() >= 1
    stack.app.deliver.run()
    mails = "\n".join(mail.rendered.text for mail in stack.channel.mails)
    tokens = re.findall(r"https://hooks\.example\.com/s/(\S+)\n", mails)
    assert tokens and answer(stack, tokens[-1], 2, SURVEY) == 200


@pytest.mark.fault(62)
def test_62_twelve_planted_words_are_found_nowhere_and_every_sum_stays(
    quick: Any, fault: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = scene(quick)
    buys(stack)
    talks(stack)
    surveyed(stack)
    goes_wrong(stack)
    stack.app.digest.run()
    wait(stack)
    before, search = sums(stack), Search(stack)
    assert set(search.found()) == set(PLANTED)
    others = {place for places in search.found((OTHER,)).values() for place in places}
    assert {place.partition(":")[0] for places in search.found().values() for place in places} == {"huitou", "bucket", "queue"}

    done = erase(stack, subject(stack, "generic", "erp", BUYER))
    flow(stack)

    after = Search(stack)
    assert after.found() == {} and left(stack) == []
    assert sums(stack) == before
    assert {place for places in after.found((OTHER,)).values() for place in places} == others
    assert (done.taken, stack.app.work.held("demo")) == (7, 2)  # a letter, a parked one, two quarantined, one too large, ...
    told_out = "".join(capsys.readouterr())
    assert [word for word in PLANTED if word in told_out] == []
    places = sum(1 for _ in after.everything())
    fault.figure(f"{len(PLANTED)} planted words in {places} places of two tables, bucket, queues, dead letters, log: 0 found")


def small(engine: Any) -> Stack:
    """One shop."""
    stack = scene(engine)
    assert told(stack, "order", erp_order("erp-50003", NOW - timedelta(days=37))) == 200
    assert told(stack, "order", erp_order("erp-50004", NOW - timedelta(days=36), buyer="somebody", email=OTHER)) == 200
    stack.settle()
    talks(stack)
    goes_wrong(stack)
    return stack


def nothing(*_: Any, **__: Any) -> int:
    return 0


# A stage, what leaves it out, and what is then seen.
STAGES: tuple[tuple[Any, str, str], ...] = (
    (Purging, "_told", "#R#generic#erp#message"),
    (Purging, "_cancel", "message queued"),
    (Purging, "_unlink", "link: demo#I#"),
    (DynamoPersonalRows, "forget_words", "word email"),
    (DynamoPersonalRows, "drop_contact", "entry: demo#U#"),
    (Seeking, "_quarantined", "huitou: demo#Q#body#"),
    (Seeking, "_parked", "huitou: demo#P#"),
    (Seeking, "_dead", "queue: inbound-dead"),
    (Seeking, "_set_aside", "bucket: claims/"),
    (Seeking, "_set_aside", "bucket: raw/demo/unread/"),
    (Seeking, "_set_aside", "bucket: digests/"),
)


@pytest.mark.fault(62, saboteur=True)
def test_62_each_stage_that_is_left_out_is_seen(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = small(quick)
    for owner, name, _ in STAGES:
        monkeypatch.setattr(owner, name, nothing)
    erase(stack, subject(stack, "generic", "erp", BUYER))
    seen = "\n".join(left(stack))
    assert [sign for _, _, sign in STAGES if sign not in seen] == []
    assert not re.search("sealed under|known by|a key", seen)


@pytest.mark.fault(62, saboteur=True)
@pytest.mark.parametrize(("owner", "name", "sign"), [(KmsVault, "shut", "a key"), (Purging, "_order", "known by email:")])
def test_62_keys_and_orders_left_alone_are_seen(
    quick: Any, owner: Any, name: str, sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = small(quick)
    monkeypatch.setattr(owner, name, nothing)
    erase(stack, subject(stack, "generic", "erp", BUYER))
    assert sign in "\n".join(left(stack))


def test_a_kill_before_every_call_is_carried_on(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try dies one call later than the one before; what was noted is not done again, and the end is the same."""
    stack = small(quick)
    privacy, parts, tries, allowed, killed = stack.app.privacy, stack.app.parts, 0, 0, 0

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*given: Any, **named: Any) -> Any:
            nonlocal allowed
            allowed -= 1
            if allowed < 0:
                raise Killed
            return call(*given, **named)

        return made

    rows = ("drop_record", "drop_contact", "forget_words", "unlink", "forget_cuts", "forget_erasure")
    for thing, names in (
        (parts.vault, ("shut", "destroy")),
        (parts.archive, ("put", "remove")),
        (privacy.erasing._notes, ("put",)),
        (stack.app.orders, ("write",)),
        (stack.app.records, ("write",)),
        (stack.app.outbox, ("save",)),
        (privacy.rows, rows),
    ):
        for name in names:
            monkeypatch.setattr(thing, name, dying(getattr(thing, name)))
    me = subject(stack, "generic", "erp", BUYER)
    allowed = 1_000
    asked, done = privacy.erasing.begin(privacy.belongings.person("demo", [me]), "ops"), False
    stage: str = asked.stage
    while not done:
        tries += 1
        allowed = tries
        try:
            state = privacy.erasing.carry_on(asked.id)
            done = state.over
            wait(stack)
        except Killed:
            killed += 1
        if not done and privacy.erasing.all()[0].stage != stage:  # the first call of the next one has its turn
            stage, tries = privacy.erasing.all()[0].stage, 0
    allowed = 1_000_000
    wait(stack)
    assert killed > 40
    assert left(stack) == [] and privacy.erasing.all() == []
    assert [item["pk"]["S"] for item in scan(stack, KEYS_TABLE) if "#erasure-" in item["pk"]["S"]] == []


def test_erased_twice_is_erased_once_and_a_second_word_is_the_same(quick: Any) -> None:
    stack = small(quick)
    privacy, me = stack.app.privacy, subject(stack, "generic", "erp", BUYER)
    seed = privacy.belongings.person("demo", [me])
    assert privacy.erasing.begin(seed, "ops") == privacy.erasing.begin(seed, "platform:shopify")
    assert privacy.erasing.run() == 1
    wait(stack)
    assert privacy.erasing.run() == 1 and privacy.erasing.all() == []
    before = stack.app.orders.read(OrderKey("demo", "generic", "erp", "erp-50003")).version
    erase(stack, me)
    assert stack.app.orders.read(OrderKey("demo", "generic", "erp", "erp-50003")).version == before and left(stack) == []


def test_an_erasure_that_takes_too_long_is_told(quick: Any) -> None:
    stack = small(quick)
    privacy = stack.app.privacy
    privacy.erasing.begin(privacy.belongings.person("demo", [subject(stack, "generic", "erp", BUYER)]), "ops")
    privacy.erasing.run()
    assert (privacy.erasing.late(), stack.counters.total("erasure_late")) == ([], 0)
    stack.clock.at += timedelta(hours=25)  # and no heartbeat came through
    privacy.erasing.run()
    assert len(privacy.erasing.late()) == 1 and stack.counters.total("erasure_late") == 1


def test_a_restore_of_both_tables_is_made_good(quick: Any) -> None:
    stack = small(quick)
    backup = {table: list(scan(stack, table)) for table in (TABLE, KEYS_TABLE)}
    erase(stack, subject(stack, "generic", "erp", BUYER))
    for table, items in backup.items():
        for item in items:
            stack.dynamodb.put_item(TableName=table, Item=item)
    vault = stack.app.parts.vault
    assert isinstance(vault, KmsVault)
    vault._gone.clear()
    assert Search(stack).found() != {}
    assert stack.app.privacy.erasing.reapply() == 1
    assert not vault.has_key("demo", subject(stack, "generic", "erp", BUYER))
    stack.app.privacy.erasing.run()
    wait(stack)
    stack.app.privacy.erasing.run()
    wait(stack)
    remaining = {place for places in Search(stack).found().values() for place in places}
    assert {place.split("#")[1] for place in remaining} <= {"P", "Q"}  # sealed for a day of requests, and gone with it


@pytest.mark.parametrize("others", [5, 6])
def test_an_identity_that_is_nobody_s_stays_nobody_s(quick: Any, others: int) -> None:
    """Six carry an address, and so nobody is linked by it; one of them is erased, and the five must not become one person."""
    stack = scene(quick)
    shared = "till@example.com"
    for number in range(others):
        told(stack, "order", erp_order(f"erp-9{number}", NOW - timedelta(days=30), buyer=f"person-{number}", email=shared))
    stack.settle()
    names = [subject(stack, "generic", "erp", f"person-{number}") for number in range(others)]
    whole = [stack.app.people.member("demo", name).buyers for name in names]
    assert {len(buyers) for buyers in whole} == ({5} if others == 5 else {1})
    erase(stack, names[0])
    assert [stack.app.people.member("demo", name).buyers for name in names] == whole
