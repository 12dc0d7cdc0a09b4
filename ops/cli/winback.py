"""`huitou winback`: the campaigns; who would hear from one, and why not the others; run it, stop it, see what it brought."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.config import LOCALES
from chalicelib.domain.campaign import Campaign
from chalicelib.errors import Rejected
from chalicelib.foresight import check
from ops.cli import campaign_report, foresight, offers
from ops.cli.output import done, money, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Win lapsed members back.", no_args_is_help=True)
app.add_typer(offers.app, name="codes")
app.command()(campaign_report.report)
DEFAULTS = Path(__file__).parents[1] / "campaigns"
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@app.command("list")
def campaigns(*, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False) -> None:
    """The campaigns of the configuration: whether they run, and what they have sent and spent."""
    application = open_application(data_dir, config)
    rows = [_told(application, campaign) for campaign in application.parts.config().campaigns]
    if as_json:
        print_json(rows)
        return
    shown = ("campaign", "occasion", "steps", "channels", "state", "first drawn", "spent", "budget")
    right = {"steps", "spent", "budget"}
    table(
        f"campaigns, amounts in {application.parts.config().currency}",
        [(name, "right" if name in right else "left") for name in shown],
        [[_short(row[name]) for name in shown] for row in rows],
    )
    if not application.parts.config().sending.enabled:
        done("sending.enabled is false: nothing goes to anybody")


@app.command()
def preview(campaign: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False) -> None:
    """Whom a campaign would write to now, on which channel, and why not to the others; nothing is written or sent.

    One that is switched off is looked at as if it were on. Members are those that the next sweep looks at.
    """
    application = open_application(data_dir, config)
    found = application.outreach.foresight.foresee(foresight.known(application, campaign))
    if as_json:
        print_json([foresight.as_json(each) for each in found])
        return
    foresight.show(application, campaign, found)


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
        if yes:
            raise typer.BadParameter("a yes is said to one campaign: name it", param_hint="--yes")
        done(f"{application.trigger.sweep()} members drawn")
        return
    configured = foresight.known(application, campaign)
    if not configured.enabled:
        raise Rejected("campaign-off", "it is switched off: look with `preview`, then set `enabled = true`", status=409)
    if not application.trigger.is_approved(configured):
        if not yes:
            foresight.show(application, campaign, application.outreach.foresight.foresee(configured))
            raise Rejected("campaign-unapproved", "it has not run like this before: look, then run it again with --yes", status=409)
        check(configured, application.parts.config().locale)
        application.trigger.approve(campaign)
    done(f"{application.trigger.sweep(campaign)} members drawn; each message passes the gate again before it goes")


@app.command()
def stop(campaign: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Draw for a campaign no more, and cancel every message of it that still waits. What has gone stays gone."""
    application = open_application(data_dir, config)
    configured = any(each.key == campaign for each in application.parts.config().campaigns)
    desk = application.outreach.campaigns
    done(f"{desk.stop(campaign, '') if configured else application.trigger.stop(campaign)} messages cancelled")
    if configured:
        done(f"nobody is drawn any more: huitou winback run {campaign} --yes lets it run again")


@app.command()
def defaults(*, locale: Annotated[str, typer.Option(help=f"language of the comments: {', '.join(LOCALES)}")] = "en") -> None:
    """Print the trade's usual campaigns, switched off, to paste into huitou.toml."""
    if locale not in LOCALES:
        raise typer.BadParameter(f"one of {', '.join(LOCALES)}", param_hint="--locale")
    typer.echo((DEFAULTS / f"{locale}.toml").read_text(encoding="utf-8"), nl=False)


@app.command()
def resume(channel: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Send on a channel again that has stopped itself for bounces or complaints. Only what goes from now on is counted."""
    application = open_application(data_dir, config)
    if not application.feedback.resume(application.parts.config().merchant, channel):
        raise Rejected("not-halted", "sending on this channel has not stopped", status=409)
    done(f"sending on {channel} goes on")


def _short(cell: Any) -> Any:
    """An amount without its currency, which the title has."""
    return cell.partition(" ")[0] if isinstance(cell, str) and re.fullmatch(r"-?[0-9.]+ [A-Z]{3}", cell) else cell


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
