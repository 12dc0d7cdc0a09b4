"""Every channel over the whole core: what the platform is asked, who may be written to, and never twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from chalicelib.domain.mail import Channel
from chalicelib.domain.receipt import parse_reference
from chalicelib.domain.voice import Receipt
from chalicelib.errors import ConfigError
from chalicelib.feedback import Halt
from chalicelib.recording import subject_of
from tests.functional.exactness import channels
from tests.functional.exactness.channels import (
    CHINA,
    CONTACT,
    EMPLOYEE,
    META,
    OPENID,
    SMS,
    TEMPLATE,
    UNIONID,
    WECHAT,
    WECOM,
    WORLD,
    Shop,
    buys,
    buys_at_wechat,
    config,
    consent,
    contact,
    fault,
    member,
    order,
    permission,
    runs,
    wechat_member,
)
from tests.functional.exactness.test_crashes import Crash, Fuse, FusedEngine
from tests.functional.exactness.test_races import at_once
from tests.unit.connectors.fakes import reply


class Way(NamedTuple):
    """A channel: how a person comes to be reached on it, and how its platform answers."""

    channel: str
    begin: Callable[[Shop], None]
    route: str
    refused: Any  # certainly not taken, and never will be
    busy: Any  # certainly not taken, later perhaps
    place: tuple[str, str]
    provider_id: str


def by_sms(shop: Shop) -> None:
    buys(shop, order(phone=CHINA))
    shop.told(consent("sms"))


def by_wechat(shop: Shop) -> None:
    buys_at_wechat(shop)
    shop.told(permission())


def by_wecom(shop: Shop) -> None:
    buys(shop, order(unionid=UNIONID))
    shop.told(contact())


def by_whatsapp(shop: Shop) -> None:
    buys(shop, order(phone=WORLD))
    shop.told(replace(consent("whatsapp"), platform="meta", account="wa", buyer_id=WORLD.removeprefix("+")))


def by_email(shop: Shop) -> None:
    buys(shop, order(email=True))
    shop.told(consent("email"))


SMS_WAY = Way(
    "sms",
    by_sms,
    SMS,
    reply({"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "no"}),
    reply({"Code": "Throttling.User", "Message": "slow"}),
    ("sms", "cn"),
    "9006195469^0",
)
WECHAT_WAY = Way(
    "wechat",
    by_wechat,
    WECHAT,
    reply({"errcode": 40003, "errmsg": "no"}),
    reply({"errcode": 45009, "errmsg": "slow"}),
    ("wechat", "shop"),
    "4294967297",
)
WECOM_WAY = Way(
    "wecom",
    by_wecom,
    WECOM,
    reply({"errcode": 41048, "errmsg": "nobody"}),
    reply({"errcode": 45009, "errmsg": "slow"}),
    ("wecom", "corp"),
    f"msgTests1:{CONTACT}",
)
META_WAY = Way(
    "whatsapp",
    by_whatsapp,
    META,
    reply({"error": {"code": 131026, "message": "no"}}, 400),
    reply({"error": {"code": 130429, "message": "slow"}}, 429),
    ("meta", "wa"),
    "wamid.Tests1",
)
WAYS = (SMS_WAY, WECHAT_WAY, WECOM_WAY, META_WAY)
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.channel)


def owner_of(shop: Shop, way: Way) -> str:
    return wechat_member(shop) if way.channel == "wechat" else member(shop)


def begun(engine: Any, way: Way, *, answers: dict[str, Any] | None = None, **told: Any) -> Shop:
    """The shop with one person due on one channel, their message drawn."""
    shop = Shop(engine, config(way.channel, **told), answers)
    way.begin(shop)
    assert shop.sweep() == 1
    return shop


# --- What is asked of each platform ---------------------------------------------------------------------------------------


def test_a_text_message_by_aliyun(moto_engine: Any) -> None:
    shop = begun(moto_engine, SMS_WAY)
    runs(shop, 3)
    (sent,) = shop.sends()
    assert (sent["PhoneNumbers"], sent["SignName"], sent["TemplateCode"]) == ("13800000001", "示例", "SMS_1001")
    assert json.loads(sent["TemplateParam"]) == {"shop": "Demo", "code": shop.code()}
    assert parse_reference(sent["OutId"]) == (member(shop), shop.message().message_id)
    assert shop.outcome() == ("sent", None, "sms") and shop.message().provider_id == "9006195469^0"


def test_a_text_message_by_aws(moto_engine: Any) -> None:
    shop = Shop(moto_engine, config("sms"))
    buys(shop, order(phone=WORLD))
    shop.told(consent("sms"))
    assert shop.sweep() == 1
    runs(shop, 3)
    (sent,) = shop.numbers.sent
    assert (sent["DestinationPhoneNumber"], sent["OriginationIdentity"], sent["MessageType"]) == (
        WORLD,
        "+15005550006",
        "PROMOTIONAL",
    )
    assert str(shop.code()) in sent["MessageBody"] and sent["MessageBody"].endswith("Reply STOP to opt out")
    assert parse_reference(sent["Context"]["message"]) == (member(shop), shop.message().message_id)
    assert shop.outcome() == ("sent", None, "sms") and shop.sends() == []


def test_without_a_mail_server_mail_waits_and_every_other_channel_goes_on(moto_engine: Any) -> None:
    shop = Shop(moto_engine, config("email", "sms"))
    servers: list[Channel] = []

    def server() -> Channel:
        if not servers:
            raise ConfigError("smtp-missing", "no mail server")
        return servers[0]

    shop.app.parts.channel = server
    buys(shop, order(1, email=True), order(2, phone=CHINA))
    shop.told(consent("email"), consent("sms", person=2))
    shop.sweep()
    runs(shop, 3)
    assert (shop.outcome(), shop.outcome(member(shop, 2))) == (("deferred", "smtp-missing", "email"), ("sent", None, "sms"))
    servers.append(shop.channel)
    shop.later(hours=2)
    runs(shop)
    assert shop.outcome() == ("sent", None, "email") and len(shop.channel.mails) == 1


def test_a_number_of_the_mainland_never_goes_by_aws(moto_engine: Any) -> None:
    told = config("sms").replace('options = {sign_name = "示例"', 'options = {origination = "+15005550007", sign_name = "示例"')
    shop = Shop(moto_engine, told)
    by_sms(shop)
    shop.sweep()
    runs(shop)
    assert len(shop.sends(SMS)) == 1 and shop.numbers.sent == []


def test_a_subscribe_message(moto_engine: Any) -> None:
    shop = begun(moto_engine, WECHAT_WAY)
    runs(shop, 3)
    (sent,) = shop.sends()
    assert (sent["touser"], sent["template_id"]) == (OPENID, TEMPLATE)
    assert sent["data"] == {"thing1": {"value": "Demo"}, "character_string2": {"value": shop.code(wechat_member(shop))}}
    assert shop.outcome(wechat_member(shop)) == ("sent", None, "wechat")
    assert shop.app.members.permissions("demo", wechat_member(shop), TEMPLATE) == 0


def test_a_task_for_an_employee(moto_engine: Any) -> None:
    shop = begun(moto_engine, WECOM_WAY)
    runs(shop, 3)
    (sent,) = shop.sends()
    assert (sent["sender"], sent["external_userid"], sent["chat_type"]) == (EMPLOYEE, [CONTACT], "single")
    assert str(shop.code()) in sent["text"]["content"] and "http" not in sent["text"]["content"]
    assert shop.outcome() == ("sent", None, "wecom") and shop.message().provider_id == f"msgTests1:{CONTACT}"


def test_a_template_of_whatsapp(moto_engine: Any) -> None:
    shop = begun(moto_engine, META_WAY)
    runs(shop, 3)
    (sent,) = shop.sends()
    assert (sent["to"], sent["type"]) == (WORLD.removeprefix("+"), "template")
    assert sent["template"]["name"] == "back_again" and sent["template"]["language"] == {"code": "en"}
    assert [each["text"] for each in sent["template"]["components"][0]["parameters"]] == ["Demo", shop.code()]
    assert parse_reference(sent["biz_opaque_callback_data"]) == (member(shop), shop.message().message_id)


def test_a_mail(moto_engine: Any) -> None:
    shop = Shop(moto_engine, config("email"))
    by_email(shop)
    shop.sweep()
    runs(shop, 3)
    (mail,) = shop.channel.mails
    assert mail.recipient == "person1@example.com" and str(shop.code()) in mail.rendered.text
    assert parse_reference(mail.tags["message"]) == (member(shop), shop.message().message_id)


# --- What becomes of it ---------------------------------------------------------------------------------------------------


@each_way
def test_a_receipt_finds_its_message(moto_engine: Any, way: Way) -> None:
    shop = begun(moto_engine, way)
    runs(shop)
    shop.told(Receipt("demo", *way.place, way.provider_id, "delivered", None, shop.clock.now()))
    assert shop.outcome(owner_of(shop, way))[:2] == ("sent", "delivered")


def test_a_task_is_asked_what_became_of_it(moto_engine: Any) -> None:
    shop = begun(moto_engine, WECOM_WAY)
    runs(shop)
    store: Any = shop.app.feedback._store
    (task,) = store.due_tasks("demo", shop.clock.now() + timedelta(hours=1), 10)
    assert (task.platform, task.account, task.task_id) == ("wecom", "corp", "msgTests1")


@each_way
def test_what_may_have_been_sent_is_never_sent_again(engine: Any, way: Way) -> None:
    shop = begun(engine, way, answers={way.route: fault})
    for _ in range(4):
        runs(shop)
        shop.later(hours=13)
    assert len(shop.sends()) == 1
    assert shop.outcome(owner_of(shop, way))[:2] == ("unknown", "outcome-unknown")


@each_way
def test_what_is_busy_is_tried_later(moto_engine: Any, way: Way) -> None:
    shop = begun(moto_engine, way, answers={way.route: [way.busy, channels.routes()[way.route]]})
    runs(shop)
    assert shop.outcome(owner_of(shop, way))[0] == "deferred"
    assert shop.message(owner_of(shop, way)).sent_at is None
    shop.later(minutes=61)
    runs(shop, 2)
    assert shop.outcome(owner_of(shop, way)) == ("sent", None, way.channel)
    assert len(shop.sends()) == 2


@each_way
def test_a_definite_refusal_gives_everything_back(engine: Any, way: Way) -> None:
    more = "budget = 500\n"
    shop = begun(engine, way, more=more, answers={way.route: way.refused})
    runs(shop, 2)
    owner = owner_of(shop, way)
    assert shop.outcome(owner)[0] == "failed" and len(shop.sends()) == 1
    assert shop.app.outbox.spent("demo", "back30") == 0
    assert shop.code(owner) is None
    ledger = shop.app.parts.table.get(f"demo#M#{owner}", "sends")
    assert ledger is not None and ledger["at"] == {"S": ""}
    if way.channel == "wechat":
        assert shop.app.members.permissions("demo", owner, TEMPLATE) == 1


def test_a_task_without_its_contact_went_to_nobody(moto_engine: Any) -> None:
    answer = reply({"errcode": 0, "errmsg": "ok", "fail_list": [CONTACT], "msgid": "msgTests1"})
    shop = begun(moto_engine, WECOM_WAY, answers={WECOM: answer})
    runs(shop, 2)
    assert shop.outcome() == ("failed", "recipient-refused", "wecom")
    assert shop.code() is None


def test_a_channel_whose_answer_names_no_id_counts_for_its_health(moto_engine: Any) -> None:
    shop = begun(moto_engine, SMS_WAY, answers={SMS: reply({"Code": "OK"})})
    runs(shop)
    assert shop.outcome()[0] == "sent" and shop.app.feedback.health("demo", "sms").sends == 1


# --- Preference and fallback ----------------------------------------------------------------------------------------------


def test_a_permission_that_is_used_up_leaves_the_next_channel(moto_engine: Any) -> None:
    shop = Shop(moto_engine, config("wechat", "sms"))
    buys(shop, order(phone=CHINA, unionid=UNIONID))
    buys_at_wechat(shop)
    shop.told(consent("sms"), permission())
    owner = shop.app.people.member("demo", member(shop)).name
    shop.app.members.take_permission("demo", wechat_member(shop), TEMPLATE, "another message")
    assert shop.sweep() == 1
    runs(shop)
    assert shop.outcome(owner) == ("sent", None, "sms")
    assert dict(shop.message(owner).decision)["way:wechat"] == "consent"


def test_a_permission_that_the_platform_calls_used_leaves_the_next_channel(moto_engine: Any) -> None:
    shop = Shop(moto_engine, config("wechat", "sms"), {WECHAT: reply({"errcode": 43101, "errmsg": "used"})})
    buys(shop, order(phone=CHINA, unionid=UNIONID))
    buys_at_wechat(shop)
    shop.told(consent("sms"), permission())
    owner = shop.app.people.member("demo", member(shop)).name
    assert shop.sweep() == 1
    runs(shop, 2)
    assert shop.outcome(owner) == ("sent", None, "sms")
    assert len(shop.sends(WECHAT)) == 1 and len(shop.sends(SMS)) == 1
    assert shop.app.members.permissions("demo", wechat_member(shop), TEMPLATE) == 0, (
        "what the platform calls used is not given back"
    )


def test_the_first_channel_that_nothing_speaks_against_is_taken(moto_engine: Any) -> None:
    shop = Shop(moto_engine, config("wecom", "wechat", "whatsapp", "email"))
    buys(shop, order(phone=CHINA, email=True))
    shop.told(consent("email"))
    shop.sweep()
    runs(shop)
    assert shop.outcome() == ("sent", None, "email")
    told = dict(shop.message().decision)
    assert [told[f"way:{name}"] for name in ("wecom", "wechat", "whatsapp", "email")] == [
        "platform_policy",
        "platform_policy",
        "consent",
        "ok",
    ]


def test_two_workers_and_one_permission(engine: Any) -> None:
    shop = Shop(engine, config("wechat", campaigns=("back30", "again30"), tail="cap_messages = 5\n"))
    by_wechat(shop)
    assert shop.sweep() == 2
    owner = wechat_member(shop)
    for _ in range(3):
        assert at_once([lambda: runs(shop)] * 10, 10) == []
        shop.later(minutes=61)
    assert len(shop.sends(WECHAT)) == 1
    states = sorted(shop.outcome(owner, campaign)[:2] for campaign in ("back30", "again30"))
    assert states[0] == ("sent", None) and states[1] == ("suppressed", "consent")


def test_a_message_that_waits_finds_its_permission_again(moto_engine: Any) -> None:
    """Taken, and then no claim: a worker that dies in between must not cost the permission."""
    shop = begun(moto_engine, WECHAT_WAY)
    owner = wechat_member(shop)
    shop.app.members.take_permission("demo", owner, TEMPLATE, shop.message(owner).message_id)
    runs(shop)
    assert shop.outcome(owner) == ("sent", None, "wechat")


# --- Consent, suppression, halting ----------------------------------------------------------------------------------------


def stopped(shop: Shop) -> None:
    """By answering STOP to the number that wrote."""
    body = {
        "originationNumber": CHINA,
        "destinationNumber": "+15005550006",
        "messageBody": "TD",
        "inboundMessageId": "in-1",
    }
    shop.app.parts.feeds = {"arn:sms": "sms"}
    shop.app.intake.record("sms", json.dumps(body))
    shop.normalise()


def left(shop: Shop) -> None:
    """By ending the contact, as WeCom tells it: without a unionid."""
    gone = replace(contact(), state="left", unionid=None, updated_at=shop.clock.now())
    withdrawn = replace(consent(f"wecom:{EMPLOYEE}", granted=False), platform="wecom", account="corp", buyer_id=CONTACT)
    shop.told(gone, withdrawn)


def opted_out(shop: Shop) -> None:
    """In WhatsApp."""
    word = consent("whatsapp", granted=False, at=shop.clock.now())
    shop.told(replace(word, platform="meta", account="wa", buyer_id=WORLD.removeprefix("+")))


def refused(shop: Shop) -> None:
    """The permission, afterwards."""
    shop.told(replace(permission("no"), granted=False, at=shop.clock.now()))


def said_no(channel: str) -> Callable[[Shop], None]:
    """In the shop that they buy in."""

    def withdrawn(shop: Shop) -> None:
        shop.told(consent(channel, granted=False, at=shop.clock.now()))

    return withdrawn


@pytest.mark.parametrize(
    ("way", "happens", "reason"),
    [
        (SMS_WAY, stopped, "consent"),
        (SMS_WAY, said_no("sms"), "consent"),
        (WECOM_WAY, left, "platform_policy"),
        (WECOM_WAY, said_no("wecom"), "consent"),
        (META_WAY, opted_out, "consent"),
        (META_WAY, said_no("whatsapp"), "consent"),
        (WECHAT_WAY, refused, "consent"),
    ],
    ids=lambda value: getattr(value, "__name__", getattr(value, "channel", None)),
)
def test_whoever_says_no_is_not_written_to(moto_engine: Any, way: Way, happens: Callable[[Shop], None], reason: str) -> None:
    shop = begun(moto_engine, way)
    happens(shop)
    runs(shop)
    assert shop.said() == 0
    assert shop.outcome(owner_of(shop, way))[:2] == ("suppressed", reason)


def test_a_stop_that_one_number_of_ours_got_holds_for_the_other(moto_engine: Any) -> None:
    """The answer came to the account of AWS, the next message would go by Aliyun's."""
    shop = begun(moto_engine, SMS_WAY)
    word = consent("sms", granted=False, at=shop.clock.now())
    shop.told(replace(word, platform="sms", account="world", buyer_id=CHINA))
    runs(shop)
    assert shop.said() == 0 and shop.outcome()[:2] == ("suppressed", "consent")


def test_a_customer_who_left_one_employee_is_written_to_by_the_other(moto_engine: Any) -> None:
    shop = begun(moto_engine, WECOM_WAY)
    shop.told(contact("wangwu"))
    gone = consent(f"wecom:{EMPLOYEE}", granted=False, at=shop.clock.now())
    # The directory may go on listing the contact that was left: the word alone has to hold.
    shop.told(replace(gone, platform="wecom", account="corp", buyer_id=CONTACT))
    runs(shop)
    (sent,) = shop.sends()
    assert sent["sender"] == "wangwu"


def test_yes_to_the_channel_is_no_yes_to_whom_they_left(moto_engine: Any) -> None:
    shop = begun(moto_engine, WECOM_WAY)
    gone = consent(f"wecom:{EMPLOYEE}", granted=False)
    shop.told(replace(gone, platform="wecom", account="corp", buyer_id=CONTACT), consent("wecom", at=shop.clock.now()))
    runs(shop)
    assert shop.said() == 0 and shop.outcome()[:2] == ("suppressed", "consent")


def test_a_contact_that_ops_cut_from_the_member_is_not_used(moto_engine: Any) -> None:
    shop = begun(moto_engine, WECOM_WAY)
    (row,) = shop.app.people.member("demo", member(shop)).rows
    (identity,) = [each for each in row.identities if each.startswith("unionid:")]
    shop.app.members.sever("demo", member(shop), identity)
    runs(shop)
    assert shop.said() == 0


def test_a_complaint_about_one_message_ends_the_channel(moto_engine: Any) -> None:
    told = config("sms", campaigns=("back30", "again30"), tail="cap_messages = 5\n")
    shop = Shop(moto_engine, told)
    by_sms(shop)
    assert shop.sweep() == 2
    shop.app.deliver.run(1)
    (first,) = [each for each in shop.app.outbox.of("demo", member(shop)) if each.state == "sent"]
    shop.told(Receipt("demo", "sms", "cn", "9006195469^0", "complained", None, shop.clock.now()))
    runs(shop)
    (other,) = [each for each in shop.app.outbox.of("demo", member(shop)) if each.message_id != first.message_id]
    assert (other.state, other.reason, len(shop.sends())) == ("suppressed", "consent", 1)


@pytest.mark.parametrize("way", [SMS_WAY, META_WAY], ids=lambda way: way.channel)
def test_suppression_is_of_a_channel(moto_engine: Any, way: Way) -> None:
    shop = Shop(moto_engine, config(way.channel, "email"))
    way.begin(shop)
    buys(shop, order(at="2026-10-21T05:00:00Z", email=True, phone=CHINA if way.channel == "sms" else WORLD))
    shop.told(consent("email"))
    number = CHINA if way.channel == "sms" else WORLD
    shop.app.members.suppress("demo", shop.app.parts.vault.lookup("demo", "phone", number), "bounced", way.channel)
    shop.sweep()
    runs(shop)
    assert shop.outcome() == ("sent", None, "email")
    assert dict(shop.message().decision)[f"way:{way.channel}"] == "suppression"


@each_way
def test_a_halted_channel_waits(moto_engine: Any, way: Way) -> None:
    shop = begun(moto_engine, way)
    halt = Halt(halted=True, at=shop.clock.now(), reason="complaints")
    assert shop.app.marks.put("demo", f"halted#{way.channel}", msgspec.json.encode(halt).decode(), expected_version=0)
    runs(shop)
    assert shop.said() == 0 and shop.outcome(owner_of(shop, way))[:2] == ("deferred", "halted")
    assert shop.app.feedback.resume("demo", way.channel)
    shop.later(minutes=61)
    runs(shop)
    assert shop.said() == 1


# --- Caps -----------------------------------------------------------------------------------------------------------------


CAPPED = "cap_messages = 9\ncap_days = 3\n[sending.caps.sms]\nmessages = 1\ndays = 10\n"


def test_twenty_workers_two_campaigns_and_one_channel_cap(engine: Any) -> None:
    shop = Shop(engine, config("sms", campaigns=("back30", "again30"), tail=CAPPED))
    by_sms(shop)
    assert shop.sweep() == 2
    step = shop.app.deliver
    for _ in range(3):
        assert at_once([lambda: step.run(10)] * 20, 20) == []  # type: ignore[list-item]
        shop.later(minutes=61)
    assert len(shop.sends()) == 1
    states = sorted(shop.outcome(campaign=campaign)[:2] for campaign in ("back30", "again30"))
    assert states == [("sent", None), ("suppressed", "channel_cap")]


def test_a_channel_cap_leaves_the_other_channels_and_rolls_on(moto_engine: Any) -> None:
    """Ten days of text messages are counted, although the cap over all channels forgets after three."""
    shop = Shop(moto_engine, config("sms", "email", campaigns=("back30", "again30"), tail=CAPPED))
    buys(shop, order(phone=CHINA, email=True))
    shop.told(consent("sms"), consent("email"))
    shop.sweep()
    runs(shop)
    assert sorted(shop.outcome(campaign=campaign)[2] for campaign in ("back30", "again30")) == ["email", "sms"]
    taken = []
    for days in (9, 2):
        shop.later(days=days)
        until = {"until": (shop.clock.now() + timedelta(days=1)).isoformat()}
        row = replace(shop.message(), message_id=f"later-{days}", campaign="back30", state="queued", sent_at=None)
        taken.append(shop.app.outreach.asking.ask(replace(row, values=row.values | until)).decision)
    assert [dict(decision.rules).get("way:sms") for decision in taken] == ["channel_cap", "ok"]


# --- What can never be said, and what the installation lacks --------------------------------------------------------------


def test_a_value_that_does_not_fit_ends_the_message_and_frees_its_code(moto_engine: Any) -> None:
    told = config("wechat").replace("character_string2=offer", "number2=offer")
    shop = Shop(moto_engine, told)
    by_wechat(shop)
    shop.sweep()
    runs(shop, 2)
    owner = wechat_member(shop)
    assert shop.said() == 0 and shop.outcome(owner)[:2] == ("cancelled", "template-refused")
    assert shop.code(owner) is None
    assert shop.app.members.permissions("demo", owner, TEMPLATE) == 1


def test_what_is_not_configured_waits_and_is_in_nobody_s_way(moto_engine: Any) -> None:
    told = config("sms").replace('"template.winback" = "SMS_1001", ', "")
    shop = Shop(moto_engine, told + channels.CAMPAIGN.format(key="mail30", channels='"email"', more=""))
    by_sms(shop)
    buys(shop, order(2, email=True))
    shop.told(consent("email", person=2))
    shop.sweep()
    for _ in range(4):  # one at a time, as a run does that is full
        shop.app.deliver.run(1)
    assert shop.outcome()[:2] == ("deferred", "option-missing")
    assert shop.outcome(member(shop, 2), "mail30")[0] == "sent"


# --- Crashes --------------------------------------------------------------------------------------------------------------

CROWD, BORDERS = 16, 12


def crowd(shop: Shop, channel: str) -> None:
    """So many people who are reached on a channel."""
    union = {person: f"u_{person:024d}" for person in range(1, CROWD + 1)}
    told: dict[str, Callable[[int], dict[str, Any]]] = {
        "sms": lambda person: {"phone": f"+86138000000{person:02d}"},
        "whatsapp": lambda person: {"phone": f"+86138000000{person:02d}"},
        "email": lambda _: {"email": True},
    }
    known_by = told.get(channel) or (lambda person: {"unionid": union[person]})
    buys(shop, *(order(person, **known_by(person)) for person in union))
    for person, unionid in union.items():
        if channel == "wechat":
            openid = f"oTests_{person:04d}"
            known = replace(contact(), platform="wechat", account="shop", contact_id=openid, employee=None, unionid=unionid)
            shop.told(known, permission(openid=openid))
        elif channel == "wecom":
            shop.told(contact(contact_id=f"wmTests{person:04d}", unionid=unionid))
        else:
            shop.told(consent(channel, person=person))


def reached(shop: Shop) -> list[str]:
    """Whom a message left for, in order."""
    found = [mail.recipient for mail in shop.channel.mails]
    for sent in shop.sends():
        found += sent.get("external_userid") or [sent.get("PhoneNumbers") or sent.get("touser") or sent["to"]]
    return found


@pytest.mark.parametrize("channel", ["sms", "wechat", "wecom", "whatsapp", "email"])
def test_dying_at_any_effect_says_nothing_twice(moto_engine: Any, channel: str) -> None:
    """A worker dies before or after each write and each call; whoever comes next goes on with what is there."""
    fuse = Fuse(0, before=True)
    shop = Shop(FusedEngine(moto_engine, fuse), config(channel), codes=50)
    crowd(shop, channel)
    for part, name in ((shop.http, "send"), (shop.channel, "send")):
        setattr(part, name, fuse.around(getattr(part, name)))
    assert shop.sweep() == CROWD
    died = 0
    for border in range(BORDERS):
        for before in (True, False):
            fuse.left, fuse.before, fuse.blown, fuse.armed = border + 1, before, False, True
            with suppress(Crash):
                shop.app.deliver.run(1)
            fuse.armed = False
            died += fuse.blown
    for _ in range(4):
        runs(shop)
        shop.later(minutes=61)
    recipients = reached(shop)
    rows = [each for person in range(1, CROWD + 1) for each in shop.app.outbox.of("demo", member(shop, person))]
    states = [each.state for each in rows]
    assert died >= 8
    assert len(set(recipients)) == len(recipients), "somebody was written to twice"
    assert {"sent", "unknown"} <= set(states) and states.count("sent") <= len(recipients)
    # Dying between the row of what was not taken and its place under the cap leaves the place counted: the person waits.
    assert {(each.state, each.reason) for each in rows} - {("deferred", "claim")} <= {("sent", None), ("unknown", "worker-died")}
    assert states.count("unknown") + states.count("deferred") <= died
    if channel == "wechat":
        openids = [f"oTests_{person:04d}" for person in range(1, CROWD + 1)]
        subjects = [subject_of(shop.app.parts.vault, ("demo", "wechat", "shop"), each) for each in openids]
        left = sum(shop.app.members.permissions("demo", each, TEMPLATE) for each in subjects)
        assert left == states.count("deferred"), "a permission was lost, or used twice"
