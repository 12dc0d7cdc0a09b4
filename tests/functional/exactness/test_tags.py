"""Segments as tags of WeCom's contacts: set once, taken away when wrong, resumed where it broke off, and nobody else's touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib import tags
from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.directory import Place
from chalicelib.domain.contact import Contact
from chalicelib.domain.order import Buyer
from chalicelib.errors import Retriable
from chalicelib.tags import NAMES
from tests.functional.exactness.channels import Shop, buys, config, contact, member, order
from tests.functional.exactness.test_crashes import Crash, Fuse, FusedEngine
from tests.unit.connectors.fakes import reply

ROOT = "POST /cgi-bin/externalcontact/"
OPTIONS = '[accounts.options]\ntags = "segments"\n'
WECOM_ACCOUNT = 'platform = "wecom"\naccount = "corp"\npull_minutes = 0\n'
BY_HAND = "熟客"


@dataclass
class Corp:
    """WeCom's tags: those of the company, and who bears which. `faults` are raised by contact; `marked` are the calls."""

    names: dict[str, str] = field(default_factory=dict)
    worn: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    marked: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    faults: dict[str, Callable[[HttpRequest], HttpResponse]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.effect: Callable[..., None] = self.change

    def routes(self) -> dict[str, Any]:
        """As the shop's HTTP wants them."""
        return {f"{ROOT}get_corp_tag_list": self._list, f"{ROOT}add_corp_tag": self._add, f"{ROOT}mark_tag": self._mark}

    def bears(self, person: int, employee: str = "lihua") -> set[str]:
        """The tags of a person's contact."""
        return self.worn.get((employee, who(person)), set())

    def _list(self, _: HttpRequest) -> HttpResponse:
        rows = [{"id": tag, "name": name} for name, tag in self.names.items()]
        return reply({"errcode": 0, "tag_group": [{"group_id": "g", "group_name": "Huitou", "tag": rows}] if rows else []})

    def _add(self, request: HttpRequest) -> HttpResponse:
        made = [each["name"] for each in json.loads(request.body or b"")["tag"]]
        self.names |= {name: f"t-{name}" for name in made}
        rows = [{"id": self.names[name], "name": name} for name in made]
        return reply({"errcode": 0, "tag_group": {"group_id": "g", "tag": rows}})

    def _mark(self, request: HttpRequest) -> HttpResponse:
        told = json.loads(request.body or b"")
        if told["external_userid"] in self.faults:
            return self.faults[told["external_userid"]](request)
        known = {tag: name for name, tag in self.names.items()}
        add, remove = ([known[tag] for tag in told[name]] for name in ("add_tag", "remove_tag"))
        self.effect(told["userid"], told["external_userid"], add, remove)
        return reply({"errcode": 0})

    def change(self, employee: str, name: str, add: list[str], remove: list[str]) -> None:
        """What a call brings about."""
        worn = self.worn.setdefault((employee, name), set())
        worn |= set(add)
        worn -= set(remove)
        self.marked.append((name, add, remove))


def who(person: int) -> str:
    return f"wmTests{person:04d}"


def known(person: int, **changes: Any) -> Contact:
    told = replace(contact(), contact_id=who(person), unionid=f"u_{person:024d}", buyer=Buyer(id=who(person)))
    return replace(told, **changes)


def shop_of(engine: Any, corp: Corp, options: str = OPTIONS) -> Shop:
    return Shop(engine, config("email").replace(WECOM_ACCOUNT, WECOM_ACCOUNT + options), corp.routes())


def people(shop: Shop, count: int) -> None:
    """So many members who are contacts; the later ones bought more often, and later."""
    days = ("2026-05-01", "2026-07-01", "2026-09-01", "2026-10-01", "2026-11-01")
    for person in range(1, count + 1):
        union = f"u_{person:024d}"
        buys(shop, *(order(person, f"{day}T04:00:00Z", unionid=union) for day in days[:person]))
        shop.told(known(person))
    shop.app.reckoning.sweep("demo")


def expected(shop: Shop, person: int) -> set[str]:
    """By the person's portrait as it is now."""
    app = shop.app
    portrait = app.standings.portrait(app.people.member("demo", member(shop, person)), shop.clock.now().date())
    assert portrait is not None
    return {NAMES[portrait.segment]}


def failed(shop: Shop) -> dict[str, int]:
    """What could not be tagged, contacts and runs, by reason."""
    found: dict[str, int] = {}
    for (name, dimensions), count in shop.counters.counts.items():
        if name in ("tag_failed", "tags_failed"):
            reason = dict(dimensions)["reason"]
            found[reason] = found.get(reason, 0) + count
    return found


def test_every_contact_bears_its_segment_and_is_called_about_once(engine: Any) -> None:
    corp = Corp()
    shop = shop_of(engine, corp)
    people(shop, 4)
    assert shop.app.tags.run() == 4
    assert [corp.bears(person) for person in range(1, 5)] == [expected(shop, person) for person in range(1, 5)]
    assert len({*NAMES.values()} & set(corp.names)) > 1, "all in one segment: nothing is told apart"
    assert shop.app.tags.run() == 0
    shop.later(days=1)
    assert shop.app.tags.run() == 0 and len(corp.marked) == 4


def test_a_member_who_changes_segment_changes_the_tag_and_keeps_what_others_set(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 4)
    shop.app.tags.run()
    corp.worn["lihua", who(1)].add(BY_HAND)
    (before,) = expected(shop, 1)
    for hour in range(4):
        buys(shop, order(1, f"2026-11-1{hour}T04:00:00Z", unionid=f"u_{1:024d}"))
    shop.later(days=1)
    shop.app.reckoning.sweep("demo")
    (now,) = expected(shop, 1)
    assert now != before
    shop.app.tags.run()
    assert corp.bears(1) == {now, BY_HAND}
    assert next(each for each in corp.marked[4:] if each[0] == who(1)) == (who(1), [now], [before])


def test_a_tag_of_the_same_name_that_a_person_set_stays_theirs(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 3)
    (mine,) = expected(shop, 1)
    shop.told(known(1, tags=(mine,), updated_at=shop.clock.now()))
    corp.worn["lihua", who(1)] = {mine}
    assert shop.app.tags.run() == 2
    buys(shop, *(order(1, f"2026-11-1{day}T04:00:00Z", unionid=f"u_{1:024d}") for day in range(4)))
    shop.later(days=1)
    shop.app.reckoning.sweep("demo")
    (now,) = expected(shop, 1)
    shop.app.tags.run()
    assert now != mine and corp.bears(1) == {mine, now}


def test_who_left_is_not_called_about_and_is_looked_at_afresh_on_coming_back(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 2)
    shop.app.tags.run()
    shop.told(known(1, state="left", unionid=None, updated_at=shop.clock.now()))
    shop.later(days=1)
    assert shop.app.tags.run() == 0
    corp.worn["lihua", who(1)] = set()  # the platform forgets with the contact
    shop.told(known(1, updated_at=shop.clock.now()))
    shop.later(days=1)
    assert shop.app.tags.run() == 1 and corp.bears(1) == expected(shop, 1)


def test_who_is_no_member_any_more_loses_the_tag(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 2)
    shop.app.tags.run()
    (identity,) = [each for row in shop.app.members.orders("demo", member(shop)) for each in row.identities]
    shop.app.members.sever("demo", member(shop), identity)
    shop.later(days=1)
    assert shop.app.tags.run() == 1 and corp.bears(1) == set()


def test_a_unionid_of_several_people_is_nobody_s(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    shared = f"u_{1:024d}"
    buys(shop, *(order(person, unionid=shared) for person in range(1, 8)))
    shop.told(known(1))
    assert shop.app.tags.run() == 0


def test_one_contact_that_fails_stops_nobody_else(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 4)
    corp.faults[who(2)] = lambda _: reply({"errcode": 84061, "errmsg": "gone"})
    assert shop.app.tags.run() == 3
    assert failed(shop) == {"contact-gone": 1}
    corp.faults.clear()
    shop.later(days=1)
    assert shop.app.tags.run() == 1 and corp.bears(2) == expected(shop, 2)


def cut(_: HttpRequest) -> HttpResponse:
    raise Retriable("platform-unreachable", "cut")


def test_a_contact_at_which_the_platform_breaks_down_is_left_after_three_runs(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 4)
    corp.faults[who(3)] = cut
    called = [shop.app.tags.run() for _ in range(4)]
    assert len(corp.marked) == 3 and called[-1] == 0
    assert failed(shop) == {"platform-unreachable": 3}


def test_a_limit_that_is_used_up_waits_however_often(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 3)
    corp.faults = {who(person): lambda _: reply({"errcode": 45009, "errmsg": "slow"}) for person in range(1, 4)}
    for _ in range(5):
        assert shop.app.tags.run() == 0
    corp.faults.clear()
    assert shop.app.tags.run() == 3
    assert failed(shop) == {"platform-throttled": 5}


def test_a_run_ends_after_so_many_and_the_next_goes_on(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "CALLS", 2)
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 5)
    assert [shop.app.tags.run() for _ in range(4)] == [2, 2, 1, 0]
    assert sorted(name for name, _, _ in corp.marked) == [who(person) for person in range(1, 6)]


def test_the_walk_looks_at_so_many_and_goes_on(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "LOOKED", 2)
    corp = Corp()
    shop = shop_of(moto_engine, corp)
    people(shop, 5)
    assert sum(shop.app.tags.run() for _ in range(3)) == 5


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ('tags = "segments"\ntag_prefix = "回头·"\n', {"回头·流失客户"}),
        ('tags = "segments"\n"tag.lost" = "睡着了"\n', {"睡着了"}),
        ('tags = "segments"\n"tag.lost" = ""\n', set()),
        ('tags = "tiers"\n', {"银卡"}),
        ('tags = "tiers, segments"\ntag_prefix = "H-"\n', {"H-银卡", "H-流失客户"}),
    ],
)
def test_names_are_the_account_s_to_choose(moto_engine: Any, options: str, wanted: set[str]) -> None:
    corp = Corp()
    tiers = "".join(
        f'[[members.tiers]]\nname = "{name}"\nmoney = {money}\n' for name, money in (("银卡", 1), ("金卡", 9), ("黑卡", 90_000))
    )
    tiers = tiers.replace("money = 9\n", "money = 80_000\n")
    told = config("email", tail=tiers).replace(WECOM_ACCOUNT, f"{WECOM_ACCOUNT}[accounts.options]\n{options}")
    shop = Shop(moto_engine, told, corp.routes())
    people(shop, 4)
    assert expected(shop, 1) == {"流失客户"}
    shop.app.tags.run()
    assert corp.bears(1) == wanted


def test_a_word_that_is_none_is_told_and_nothing_is_called(moto_engine: Any) -> None:
    corp = Corp()
    shop = shop_of(moto_engine, corp, '[accounts.options]\ntags = "segment"\n')
    people(shop, 1)
    assert shop.app.tags.run() == 0 and failed(shop) == {"option-malformed": 1}


STRIDE = {"moto": 3, "dynamodb-local": 7}


def broken_off(engine: Any, fuse: Fuse) -> None:
    """Two contacts, the process dies at a border; then a segment changes, and the next run has to end right all the same."""
    corp = Corp()
    shop = shop_of(FusedEngine(engine, fuse), corp)
    people(shop, 2)
    corp.worn["lihua", who(1)] = {BY_HAND}
    corp.effect = fuse.around(corp.change)
    fuse.armed = True
    with suppress(Crash):
        shop.app.tags.run()
    fuse.armed = False
    buys(shop, *(order(1, f"2026-11-1{day}T04:00:00Z", unionid=f"u_{1:024d}") for day in range(5)))
    shop.later(days=1)
    shop.app.reckoning.sweep("demo")
    for _ in range(3):
        shop.app.tags.run()
        shop.later(days=1)
    assert corp.bears(1) == expected(shop, 1) | {BY_HAND}, fuse
    assert corp.bears(2) == expected(shop, 2), fuse


def test_dying_anywhere_leaves_no_tag_behind(engine: Any) -> None:
    borders = 0
    for before in (True, False):
        border = 1
        while True:
            fuse = Fuse(border, before=before)
            broken_off(engine, fuse)
            if not fuse.blown:
                break
            borders += 1
            border += STRIDE[engine.name]
    assert borders >= (2 if engine.name != "moto" else 6)


# --- The directory itself -------------------------------------------------------------------------------------------------


def place(person: int) -> Place:
    return Place("wecom", "corp", who(person), "lihua")


def identity_of(shop: Shop, person: int) -> str:
    return "unionid:" + shop.app.parts.vault.lookup("demo", "unionid", f"u_{person:024d}")


def test_a_contact_that_left_without_its_unionid_is_found_no_more(engine: Any) -> None:
    shop = shop_of(engine, Corp())
    shop.told(known(1))
    assert shop.app.members.contacts("demo", identity_of(shop, 1)) == [tuple(place(1))]
    gone = known(1, state="removed", unionid=None, updated_at=shop.clock.now())
    shop.told(gone)
    assert shop.app.members.contacts("demo", identity_of(shop, 1)) == []
    shop.told(known(1))  # told late
    assert shop.app.members.contacts("demo", identity_of(shop, 1)) == []


def test_a_worker_that_is_overtaken_does_not_bring_back_who_left(moto_engine: Any) -> None:
    """It has read that the contact is active, and writes only after another has told that they left."""
    shop = shop_of(moto_engine, Corp())
    members: Any = shop.app.members
    put = members.put_contact
    late: list[bool] = []

    def overtaken(*args: Any, **told: Any) -> None:
        if not late:
            late.append(True)
            shop.told(known(1, state="left", unionid=None, updated_at=shop.clock.now()))
        put(*args, **told)

    members.put_contact = overtaken
    shop.told(known(1))
    assert late and shop.app.members.contacts("demo", identity_of(shop, 1)) == []
    assert not shop.app.directory.read("demo", place(1)).active


def test_dying_while_a_contact_is_entered_loses_nobody(engine: Any) -> None:
    for before in (True, False):
        border = 1
        while True:
            fuse = Fuse(border, before=before)
            shop = shop_of(FusedEngine(engine, fuse), Corp())
            shop.told(known(9))  # the keys are made
            fuse.armed = True
            try:
                shop.told(known(1))
            except Crash:
                shop.told(known(1))
            fuse.armed = False
            assert shop.app.members.contacts("demo", identity_of(shop, 1)) == [tuple(place(1))]
            assert shop.app.directory.read("demo", place(1)).active
            if not fuse.blown:
                break
            border += STRIDE[engine.name]


def test_many_contacts_are_walked_once_each(moto_engine: Any) -> None:
    shop = shop_of(moto_engine, Corp())
    for person in range(1, 40):
        shop.told(known(person))
    seen = [entry.place.contact for shelf in range(16) for entry in shop.app.directory.shelf("demo", "wecom", "corp", shelf, None)]
    assert sorted(seen) == [who(person) for person in range(1, 40)]
    behind = [
        entry.place.contact
        for shelf in range(16)
        for entry in shop.app.directory.shelf("demo", "wecom", "corp", shelf, (who(20), "lihua"))
    ]
    assert sorted(behind) == [who(person) for person in range(21, 40)]
