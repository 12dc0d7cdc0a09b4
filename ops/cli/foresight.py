"""What a campaign would do now: whom it would write to, why not to the others, and what bounds it. Nothing is written."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chalicelib.bootstrap import Application
from chalicelib.config import Config
from chalicelib.domain.campaign import SPEAKS_FOR, Campaign, Step
from chalicelib.domain.order import local_day
from chalicelib.errors import ConfigError
from chalicelib.foresight import Foreseen
from ops.cli.output import fields, money, table

_ORDER = ("send", "later", "not")
# For people. What is not here is a reason that its own word tells.
MEANING = {
    "drawn_before": "has been drawn for this before",
    "holdout": "held out, to be compared with",
    "holdout_merged": "two members in two arms turned out to be one",
    "not_meant_segment": "in none of the audience's segments",
    "not_meant_state": "in none of the audience's states",
    "not_meant_tier": "in none of the audience's tiers",
    "not_meant_platform": "has bought on none of the audience's platforms",
    "not_meant_value": "has spent less or more than the audience asks",
    "not_meant_purchases": "has bought more than once",
    "not_meant_untold": "has not been told the code",
    "projector": "the table is behind: try again in some minutes",
    "lapsed": "has bought since",
    "ordered": "has bought since",
    "merged": "another message says it already",
    "platform_policy": "no platform they bought on allows the channel",
    "address": "no address or contact on any channel",
    "suppression": "bounced, complained or unsubscribed",
    "consent": "has not allowed it",
    "permission": "has allowed no message of this template",
    "channel_cap": "had as many on this channel as the cap allows",
    "budget": "the campaign's budget is spent",
    "halted": "the channel stopped itself: see huitou winback resume",
    "frequency_cap": "had as many messages as the cap allows",
    "approval": "edited since somebody said yes to it",
    "sending_off": "sending.enabled is false",
    "quiet_hours": "quiet hours where they are",
}


def known(application: Application, key: str) -> Campaign:
    """A campaign of the configuration; ConfigError when there is none."""
    for campaign in application.parts.config().campaigns:
        if campaign.key == key:
            return campaign
    raise ConfigError("campaign-unknown", "no campaign of that key: see `huitou winback list`")


def show(application: Application, key: str, found: list[Foreseen]) -> None:
    """As tables: how many, why, and what bounds the sends."""
    rows = Counter((each.outcome, each.channel or each.reason) for each in found)
    sent = sum(count for (outcome, _), count in rows.items() if outcome == "send")
    ordered = sorted(rows.items(), key=lambda row: (_ORDER.index(row[0][0]), -row[1], row[0][1]))
    table(
        f"{key}: of {len(found)} looked at {sent} would go now",
        [("what", "left"), ("channel or reason", "left"), ("members", "right"), ("meaning", "left")],
        [(what, why, count, f"goes by {why}" if what == "send" else MEANING.get(why, "")) for (what, why), count in ordered],
    )
    fields("bounds", _bounds(application, known(application, key), sum(each.outcome != "not" for each in found)))


def as_json(each: Foreseen) -> dict[str, Any]:
    """A member for machines."""
    portrait = each.candidate.portrait
    return {
        "member": each.candidate.member,
        "last_day": each.candidate.last_day,
        "arm": "holdout" if each.candidate.holdout else "treated",
        "segment": portrait.segment if portrait else None,
        "state": portrait.stage.state if portrait else None,
        "tier": portrait.tier if portrait else None,
        "outcome": each.outcome,
        "reason": each.reason,
        "channel": each.channel,
    }


def _bounds(application: Application, campaign: Campaign, going: int) -> dict[str, Any]:
    """What holds the sends in, for so many members who would be written to now or later."""
    config = application.parts.config()
    today = local_day(application.parts.clock.now(), config.zone)
    approved = "approved as it is" if application.trigger.is_approved(campaign) else "not approved as it is"
    told: dict[str, Any] = {
        "state": f"{'on' if campaign.enabled else 'off'}, {approved}, version {campaign.version}",
        "held out": f"{campaign.holdout_permille / 10:g} %",
        "a day at most": _cap(application, config, campaign),
    }
    if not campaign.schedule.is_open(today):
        told["drawn"] = f"only from {campaign.schedule.starts or 'now'} to {campaign.schedule.ends or 'any day'}: not today"
    if campaign.budget is not None:
        spent = application.outbox.spent(config.merchant, campaign.key)
        dearest = sum(max(campaign.cost_of(channel) for channel in step.channels) for step in campaign.steps)
        told["budget"] = f"{money(campaign.budget, config.currency)}, spent {money(spent, config.currency)}"
        told["these cost"] = f"at most {money(dearest * going, config.currency)} if every step goes and every offer is taken up"
    if campaign.offer and campaign.offer.pool:
        left = application.offers.count(config.merchant, campaign.offer.pool, today).left
        told["codes left"] = f"{left} in the pool {campaign.offer.pool}" + (f", too few for {going}" if left < going else "")
    lacking = [each for step in campaign.steps for each in _lacking(config, step)]
    if lacking:
        told["not set up"] = "; ".join(dict.fromkeys(lacking))
    return told


def _cap(application: Application, config: Config, campaign: Campaign) -> str:
    started = application.marks.get(config.merchant, f"started#{campaign.key}")
    if not campaign.warm_up_days:
        return str(campaign.daily_cap)
    first = f"warms up over {campaign.warm_up_days} days" + (f" from {started[0]}" if started else "")
    return f"{campaign.daily_cap}; {first}"


def _lacking(config: Config, step: Step) -> list[str]:
    """Options without which an account cannot say a step: the platform's own template, and what fills its places."""
    found = []
    for channel in step.channels:
        for entry in config.accounts:
            if entry.platform != SPEAKS_FOR.get(channel) or entry.paused or channel == "wecom" or "origination" in entry.options:
                continue
            missing = [name for name in (f"template.{step.template}", f"values.{step.template}") if name not in entry.options]
            found += [f"{entry.platform}/{entry.account}: option {name}" for name in missing]
    return found
