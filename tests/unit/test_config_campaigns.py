"""`[[campaigns]]`: read with every key, with none but the needed, and refused with the path of what is wrong."""

from __future__ import annotations

from datetime import date, time

import pytest

from chalicelib.config import parse
from chalicelib.config_campaigns import campaign_of
from chalicelib.config_table import ConfigTable
from chalicelib.domain.campaign import Audience, Campaign, Offer, Schedule, Step
from chalicelib.errors import ConfigError

HEAD = 'merchant = "demo"\ncurrency = "CNY"\n'
ACCOUNTS = "".join(f'[[accounts]]\nplatform = "{name}"\naccount = "a"\n' for name in ("sms", "wechat", "wecom", "meta"))
TIERS = "".join(
    f'[[members.tiers]]\nname = "{name}"\nmoney = {money}\n' for name, money in (("silver", 1), ("gold", 2), ("black", 3))
)
LEAST = {"key": '"back"', "silent_days": "60", "template": '"winback"', "daily_cap": "100"}
ALL = """
[[campaigns]]
key = "back"
occasion = "silent"
silent_days = 60
window_days = 10
shop_url = "https://shop.example.com/back?from=mail"
holdout_permille = 150
daily_cap = 500
warm_up_days = 5
budget = 200000
margin_permille = 400
conversion_days = 45
expires_days = 3
enabled = false
[campaigns.audience]
segments = ["at_risk", "cannot_lose"]
states = ["silent"]
tiers = ["gold", "black"]
platforms = ["shopify"]
value_from = 50000
value_until = 500000
[campaigns.offer]
pool = "vip"
cost = 2000
[campaigns.schedule]
weekdays = ["tue", "thu"]
at = 10:30:00
starts = 2026-11-01
ends = 2026-12-31
[campaigns.message_costs]
sms = 5
wecom = 0
[[campaigns.steps]]
template = "vip"
channels = ["wecom", "wechat"]
[[campaigns.steps]]
template = "winback_second"
channels = ["sms", "whatsapp", "email"]
after_days = 8
"""


def only(text: str) -> Campaign:
    """The one campaign of a configuration that has everything it needs."""
    (campaign,) = parse(HEAD + ACCOUNTS + TIERS + text).campaigns
    return campaign


def written(**keys: str | None) -> str:
    """A campaign with these keys changed; None takes one out. A key with a dot lies in a table of the campaign's."""
    told = {**LEAST, **keys}
    return "[[campaigns]]\n" + "".join(f"{name} = {value}\n" for name, value in told.items() if value is not None)


def test_all_of_it() -> None:
    assert only(ALL) == Campaign(
        key="back",
        occasion="silent",
        silent_days=60,
        window_days=10,
        audience=Audience(
            segments=frozenset({"at_risk", "cannot_lose"}),
            states=frozenset({"silent"}),
            tiers=frozenset({"gold", "black"}),
            platforms=frozenset({"shopify"}),
            value_from=50_000,
            value_until=500_000,
        ),
        steps=(Step("vip", ("wecom", "wechat")), Step("winback_second", ("sms", "whatsapp", "email"), 8)),
        offer=Offer(pool="vip", cost=2000),
        schedule=Schedule(frozenset({1, 3}), time(10, 30), date(2026, 11, 1), date(2026, 12, 31)),
        shop_url="https://shop.example.com/back?from=mail",
        holdout_permille=150,
        daily_cap=500,
        warm_up_days=5,
        budget=200_000,
        message_costs={"sms": 5, "wecom": 0},
        margin_permille=400,
        conversion_days=45,
        expires_days=3,
        enabled=False,
    )


def test_no_more_than_is_needed() -> None:
    campaign = only(written())
    assert campaign == Campaign("back", 60, 14, 100, 100, (Step("winback"),), message_costs={})
    assert (campaign.occasion, campaign.enabled, campaign.offer, campaign.channels) == ("silent", True, None, ("email",))
    assert (campaign.conversion_days, campaign.expires_days, campaign.margin_permille) == (30, 7, 1000)


def test_one_code_for_all_in_a_word() -> None:
    assert only(written(offer='"回来10"')).offer == Offer(code="回来10")


@pytest.mark.parametrize("occasion", ["rhythm", "birthday"])
def test_where_there_is_nothing_to_count(occasion: str) -> None:
    assert only(written(occasion=f'"{occasion}"', silent_days=None)).silent_days == 0


WRONG: tuple[tuple[str, str | None, str], ...] = (
    ("key", None, "key"),
    ("key", '"Back 30"', "key"),
    ("occasion", '"easter"', "occasion"),
    ("occasion", "1", "occasion"),
    ("silent_days", None, "silent_days"),
    ("silent_days", "0", "silent_days"),
    ("silent_days", "-1", "silent_days"),
    ("silent_days", "3651", "silent_days"),
    ("silent_days", '"60"', "silent_days"),
    ("silent_days", "true", "silent_days"),
    ("window_days", "-1", "window_days"),
    ("template", None, "steps"),
    ("template", '"Win back"', "template"),
    ("channels", '["pigeon"]', "channels"),
    ("channels", '["email", "email"]', "channels"),
    ("channels", '"email"', "channels"),
    ("channels", "[1]", "channels"),
    ("steps", "[]", "steps"),
    ("steps", '[{template = "winback"}]', "steps"),
    ("shop_url", '"ftp://example.com"', "shop_url"),
    ("shop_url", '"https://example.com/a b"', "shop_url"),
    ("holdout_permille", "1001", "holdout_permille"),
    ("holdout_permille", "0.1", "holdout_permille"),
    ("daily_cap", None, "daily_cap"),
    ("daily_cap", "0", "daily_cap"),
    ("warm_up_days", "91", "warm_up_days"),
    ("budget", "-1", "budget"),
    ("budget", "1.5", "budget"),
    ("margin_permille", "1001", "margin_permille"),
    ("conversion_days", "0", "conversion_days"),
    ("expires_days", "0", "expires_days"),
    ("expires_days", "91", "expires_days"),
    ("enabled", '"yes"', "enabled"),
    ("remind_pool", '"vip"', "remind_pool"),
    ("mood", '"good"', "mood"),
    ("audience", "1", "audience"),
    ("audience.segments", '["rich"]', "audience.segments"),
    ("audience.states", '["asleep"]', "audience.states"),
    ("audience.tiers", '["bronze"]', "audience.tiers"),
    ("audience.tiers", "[1]", "audience.tiers"),
    ("audience.platforms", '"shopify"', "audience.platforms"),
    ("audience.platforms", '["shopify", "shopify"]', "audience.platforms"),
    ("audience.value_from", "-1", "audience.value_from"),
    ("audience.value_until", '"1"', "audience.value_until"),
    ("audience.mood", '"good"', "audience.mood"),
    ("offer", "10", "offer"),
    ("offer", '""', "offer"),
    ("offer", '"TEN OFF"', "offer"),
    ("offer.cost", "5", "offer.code"),
    ("offer.code", "5", "offer.code"),
    ("offer.pool", '"V I P"', "offer.pool"),
    ("offer.mood", '"good"', "offer.code"),
    ("schedule", "[]", "schedule"),
    ("schedule.weekdays", '["monday"]', "schedule.weekdays"),
    ("schedule.at", '"10:00"', "schedule.at"),
    ("schedule.starts", '"2026-11-01"', "schedule.starts"),
    ("schedule.starts", "2026-11-01T00:00:00", "schedule.starts"),
    ("schedule.ends", "2026-11-01T00:00:00Z", "schedule.ends"),
    ("schedule.mood", "1", "schedule.mood"),
    ("message_costs.sms", "-1", "message_costs.sms"),
    ("message_costs.pigeon", "1", "message_costs.pigeon"),
)


@pytest.mark.parametrize(("key", "value", "path"), WRONG)
def test_what_is_wrong_is_named_by_its_path(key: str, value: str | None, path: str) -> None:
    with pytest.raises(ConfigError) as refused:
        only(written(**{key: value}))
    assert refused.value.path == f"campaigns[0].{path}"


STEPS = written(template=None) + '[[campaigns.steps]]\ntemplate = "winback"\n[[campaigns.steps]]\ntemplate = "vip"\n'
TOGETHER: tuple[tuple[str, str], ...] = (
    (written() + "[campaigns.audience]\nvalue_from = 5\nvalue_until = 5\n", "audience.value_until"),
    (written() + '[campaigns.offer]\ncode = "A"\npool = "b"\n', "offer.code"),
    (written() + '[campaigns.offer]\ncode = "A"\nmood = 1\n', "offer.mood"),
    (written() + "[campaigns.schedule]\nstarts = 2026-11-02\nends = 2026-11-01\n", "schedule.ends"),
    (STEPS, "steps[1].after_days"),
    (STEPS + "after_days = 366\n", "steps[1].after_days"),
    (STEPS + "after_days = 30\n", "conversion_days"),
    (STEPS + "after_days = 3\nmood = 1\n", "steps[1].mood"),
    (STEPS + 'after_days = 3\nchannels = ["pigeon"]\n', "steps[1].channels"),
    (STEPS + 'after_days = 3\n[[campaigns.steps]]\ntemplate = "vip"\nafter_days = 3\n', "steps[2].after_days"),
    (STEPS.replace('"winback"\n', '"winback"\nafter_days = 1\n', 1), "steps[0].after_days"),
    (written(template=None) + '[[campaigns.steps]]\nchannels = ["email"]\n', "steps[0].template"),
    (written(template=None) + "".join(f'[[campaigns.steps]]\ntemplate = "a"\nafter_days = {n}\n' for n in range(5)), "steps"),
    (written(template=None, steps="[1]"), "steps"),
    (written(occasion='"offer_expiring"'), "remind_pool"),
    (written(occasion='"offer_expiring"', remind_pool='"vip"', offer='"A"'), "offer"),
    (written(occasion='"rhythm"') + '[campaigns.audience]\nstates = ["new"]\n', "audience.states"),
)


@pytest.mark.parametrize(("text", "path"), TOGETHER)
def test_what_does_not_go_together_is_named_by_its_path(text: str, path: str) -> None:
    with pytest.raises(ConfigError) as refused:
        only(text)
    assert refused.value.path == f"campaigns[0].{path}"


def test_the_second_campaign_is_the_second_in_the_path() -> None:
    with pytest.raises(ConfigError) as refused:
        parse(HEAD + written() + written(key='"other"', daily_cap="0"))
    assert refused.value.path == "campaigns[1].daily_cap"


def test_no_two_campaigns_of_one_key() -> None:
    with pytest.raises(ConfigError) as refused:
        parse(HEAD + written() + written())
    assert refused.value.path == "campaigns"


def test_campaigns_that_are_no_tables() -> None:
    with pytest.raises(ConfigError) as refused:
        parse(HEAD + "campaigns = [1]\n")
    assert refused.value.path == "campaigns"


@pytest.mark.parametrize(("channel", "platform"), [("sms", "sms"), ("wechat", "wechat"), ("wecom", "wecom"), ("whatsapp", "meta")])
def test_a_channel_needs_the_account_that_speaks_on_it(channel: str, platform: str) -> None:
    text = written(channels=f'["email", "{channel}"]')
    with pytest.raises(ConfigError, match=f"platform {platform}") as refused:
        parse(HEAD + text)
    assert refused.value.path == "campaigns[0].channels"
    assert only(text).channels == ("email", channel)
    with pytest.raises(ConfigError) as refused:
        parse(HEAD + STEPS + f'after_days = 3\nchannels = ["{channel}"]\n')
    assert refused.value.path == "campaigns[0].steps[1].channels"


def test_a_tier_has_to_be_one_of_the_members() -> None:
    text = written() + '[campaigns.audience]\ntiers = ["gold"]\n'
    assert only(text).audience.tiers == {"gold"}
    with pytest.raises(ConfigError, match="gold") as refused:
        parse(HEAD + text)
    assert refused.value.path == "campaigns[0].audience.tiers"


def test_every_key_that_is_read_is_wrong_somewhere_above() -> None:
    """A key that somebody adds and does not check is found here."""
    seen: set[str] = set()

    class Spy(ConfigTable):
        def pop(self, key: str, kind: type, default: object) -> object:
            seen.add(key)
            return super().pop(key, kind, default)

        def has(self, key: str) -> bool:
            seen.add(key)
            return super().has(key)

    campaign_of(Spy({"key": "a", "silent_days": 1, "template": "a", "daily_cap": 1}, ""))
    assert seen <= {key.partition(".")[0] for key, _, _ in WRONG}
