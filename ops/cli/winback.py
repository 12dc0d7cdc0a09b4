"""`huitou winback`: the campaigns; who would hear from one, and why not the others; run it, stop it, see what it brought."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.gate import Verdict
from chalicelib.drawing import Candidate
from chalicelib.errors import ConfigError, Rejected
from ops.cli import campaign_report, offers
from ops.cli.output import done, money, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Win lapsed members back.", no_args_is_help=True)
app.add_typer(offers.app, name="codes")
app.command()(campaign_report.report)
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A candidate and what would become of their first message if it went now."""

    candidate: Candidate
    outcome: str
    reason: str
    channel: str | None


@app.command("list")
def campaigns(*, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False) -> None:
    """The campaigns of the configuration: whether they run, and what they have sent and spent."""
    application = open_application(data_dir, config)
    rows = [_told(application, campaign) for campaign in application.parts.config().campaigns]
    if as_json:
        print_json(rows)
        return
    shown = ("campaign", "occasion", "steps", "channels", "state", "version", "first drawn", "spent", "budget")
    right = {"steps", "spent", "budget"}
    table(
        "campaigns",
        [(name, "right" if name in right else "left") for name in shown],
        [[row[name] for name in shown] for row in rows],
    )
    if not application.parts.config().sending.enabled:
        done("sending.enabled is false: nothing goes to anybody")


@app.command()
def preview(campaign: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False) -> None:
    """Whom a campaign would write to now, on which channel, and why not to the others; nothing is written or sent."""
    found = _foresee(open_application(data_dir, config), campaign)
    if as_json:
        print_json([_foreseen_json(each) for each in found])
        return
    _show(campaign, found)


@app.command()
def run(
    campaign: Annotated[str | None, typer.Argument(help="one campaign; without it all that are approved")] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="approve the campaign as it is configured now, and run it")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Draw for a campaign now. The first run, and the first after an edit, shows its size and wants --yes."""
    application = open_application(data_dir, config)
    if campaign is None:
        done(f"{application.trigger.sweep()} members drawn")
        return
    known = next((entry for entry in application.parts.config().campaigns if entry.key == campaign), None)
    if known is None:
        raise ConfigError("campaign-unknown", "no campaign of that key")
    if not application.trigger.is_approved(known):
        if not yes:
            _show(campaign, _foresee(application, campaign))
            raise Rejected("campaign-unapproved", "it has not run like this before: look, then run it again with --yes", status=409)
        application.trigger.approve(campaign)
    done(f"{application.trigger.sweep(campaign)} members drawn; messages pass the gate before they go")


@app.command()
def stop(campaign: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Cancel every message of a campaign that still waits. Set `enabled = false` as well, or the next sweep draws again."""
    done(f"{open_application(data_dir, config).trigger.stop(campaign)} messages cancelled")


@app.command()
def resume(channel: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Send on a channel again that has stopped itself for bounces or complaints. Only what goes from now on is counted."""
    application = open_application(data_dir, config)
    if not application.feedback.resume(application.parts.config().merchant, channel):
        raise Rejected("not-halted", "sending on this channel has not stopped", status=409)
    done(f"sending on {channel} goes on")


def _foresee(application: Application, campaign: str) -> list[Foreseen]:
    found = []
    for candidate in application.trigger.preview(campaign):
        if candidate.reason:
            found.append(Foreseen(candidate, "not", candidate.reason, None))
            continue
        asked = application.outreach.asking.ask(application.trigger.would_send(campaign, candidate))
        outcome = {Verdict.SEND: "send", Verdict.DEFER: "later"}.get(asked.decision.verdict, "not")
        found.append(Foreseen(candidate, outcome, asked.decision.reason, asked.decision.channel))
    return found


def _show(campaign: str, found: list[Foreseen]) -> None:
    rows = Counter((each.outcome, each.channel or each.reason) for each in found)
    sent = sum(count for (outcome, _), count in rows.items() if outcome == "send")
    order = {"send": 0, "later": 1, "not": 2}
    table(
        f"{campaign}: {len(found)} members looked at, {sent} would be written to now",
        [("what", "left"), ("channel or reason", "left"), ("members", "right")],
        [(what, why, count) for (what, why), count in sorted(rows.items(), key=lambda row: (order[row[0][0]], -row[1], row[0][1]))],
    )


def _foreseen_json(each: Foreseen) -> dict[str, Any]:
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


def _told(application: Application, campaign: Campaign) -> dict[str, Any]:
    config = application.parts.config()
    approved = application.trigger.is_approved(campaign)
    started = application.marks.get(config.merchant, f"started#{campaign.key}")
    spent = application.outbox.spent(config.merchant, campaign.key) if campaign.budget is not None else None
    return {
        "campaign": campaign.key,
        "occasion": campaign.occasion,
        "steps": len(campaign.steps),
        "channels": ", ".join(campaign.channels),
        "state": "off" if not campaign.enabled else "runs" if approved else "wants approval",
        "version": campaign.version,
        "first drawn": started[0] if started else None,
        "spent": money(spent, config.currency),
        "budget": money(campaign.budget, config.currency),
    }
