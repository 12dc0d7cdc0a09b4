"""`huitou reviews`: what people wrote, what would be answered, and somebody's yes or no to it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.deciding import overdue, step_named
from chalicelib.domain import sla
from chalicelib.domain.case import STEPS, Case, next_due
from chalicelib.domain.order import local_day
from chalicelib.errors import Rejected
from chalicelib.ports_cases import CaseKey
from ops.cli import faq, nps
from ops.cli.output import calendar_day, done, fields, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Reviews and questions: drafts, approvals, deadlines.", no_args_is_help=True)
app.add_typer(faq.app, name="faq")
app.command("nps")(nps.nps)
Key = Annotated[str, typer.Argument(help="platform/account/review_id, as `list` prints it")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
Question = Annotated[bool, typer.Option("--question", help="the id is a question's")]
Who = Annotated[str, typer.Option("--as", help="who decides", envvar="HUITOU_USER")]
Day = Annotated[str | None, typer.Option(help="a day such as 2026-11-20")]


@app.command("list")
def open_cases(*, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False) -> None:
    """What waits for somebody, the next deadline first."""
    application = open_application(data_dir, config)
    now = application.parts.clock.now()
    rows = [
        {
            "review": "/".join(place[1:3]) + f"/{place.id}",
            "kind": place.kind,
            "stars": case.stars,
            "band": case.band,
            "topics": ", ".join(case.topics),
            "severity": case.severity,
            "state": case.state,
            "approvals": f"{len(case.approvals)} of {case.needs}",
            "due": next_due(case),
            "late": overdue(case, now),
        }
        for place, case, _ in application.outreach.desk.cases.open(application.parts.config().merchant)
    ]
    if as_json:
        print_json(rows)
        return
    names = ("review", "kind", "stars", "band", "topics", "severity", "state", "approvals", "due", "late")
    columns = [(name, "right" if name == "stars" else "left") for name in names]
    table(f"{len(rows)} open", columns, [[row[name] for name in names] for row in rows])


@app.command()
def show(
    key: Key, *, question: Question = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False
) -> None:
    """One review with what was understood, its draft, approvals and steps. Shows the text; no name."""
    application = open_application(data_dir, config)
    place, case = _case(application, key, question=question)
    shown: dict[str, Any] = {
        "review": key,
        "kind": case.kind,
        "text": _text(application, place),
        "stars": case.stars,
        "sentiment": case.sentiment,
        "topics": list(case.topics),
        "severity": case.severity,
        "unsure": case.unsure,
        "state": case.state,
        "reason": case.reason,
        "draft": case.draft,
        "template": case.template,
        "approvals": [each.who for each in case.approvals],
        "needs": case.needs,
        "steps": {each.step: each.who for each in case.done},
        "next_step": case.next_step,
        "owner": case.owner,
        "order": case.order,
        "told_at": case.told_at,
        "first_due": case.first_due,
        "solve_due": case.solve_due,
        "answered_at": case.answered_at,
    }
    if as_json:
        print_json(shown)
        return
    fields(key, {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in shown.items()})


@app.command()
def draft(
    key: Key, text: str, *, who: Who, question: Question = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG
) -> None:
    """Write the answer; what was agreed to before is void."""
    application = open_application(data_dir, config)
    case = application.outreach.desk.deciding.word(_place(application, key, question=question), text, who)
    done(f"drafted; {case.needs} approvals are needed")


@app.command()
def approve(key: Key, *, who: Who, question: Question = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Agree to the draft as it stands; the last yes that is needed sends it."""
    application = open_application(data_dir, config)
    case = application.outreach.desk.deciding.approve(_place(application, key, question=question), who)
    done("approved, and on its way" if case.state == "queued" else f"approved: {len(case.approvals)} of {case.needs}")


@app.command()
def reject(
    key: Key,
    *,
    who: Who,
    note: Annotated[str, typer.Option(help="why; no personal data")] = "",
    question: Question = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Answer nothing. A bad review stays open for its steps."""
    application = open_application(data_dir, config)
    case = application.outreach.desk.deciding.reject(_place(application, key, question=question), who, note)
    done(f"rejected; it is {case.state}")


@app.command()
def step(
    key: Key,
    name: Annotated[str, typer.Argument(help=", ".join(STEPS))],
    *,
    who: Who,
    note: Annotated[str, typer.Option(help="what was found or done; no personal data")] = "",
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Note a step of a bad review: noticed, its cause found, written to privately, solved, asked for a second look."""
    application = open_application(data_dir, config)
    case = application.outreach.desk.deciding.step(_place(application, key, question=False), step_named(name), who, note)
    done(f"noted; next: {case.next_step or 'nothing'}")


@app.command()
def write(
    key: Key,
    *,
    text: Annotated[str, typer.Option(help="the message; asked against as answers are")],
    who: Annotated[str, typer.Option("--as", "--by", help="who writes: the command is their yes", envvar="HUITOU_USER")],
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Write privately to whoever wrote a bad review, on the platform, once. That it is sent takes the step `wrote`."""
    application = open_application(data_dir, config)
    application.outreach.desk.writing.write(_place(application, key, question=False), text, who)
    done("queued; it goes with the next delivery")


@app.command()
def report(
    *, since: Day = None, until: Day = None, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False
) -> None:
    """Reviews by platform: how many, how bad, how many answered, in time or late, and the median business minutes to it."""
    application = open_application(data_dir, config)
    first, last = calendar_day(since) if since else None, calendar_day(until) if until else None
    opening, now = application.parts.config().reviews.opening, application.parts.clock.now()
    found = [
        _figures(platform, cases, sla.figures_of(cases, now=now, opening=opening))
        for platform, cases in sorted(_by_platform(application, first, last).items())
    ]
    if as_json:
        print_json(found)
        return
    names = ("platform", "reviews", "negative", "answered", "in time", "late", "waiting", "median", "open", "topics")
    columns = [(name, "left" if name in ("platform", "topics") else "right") for name in names]
    table("reviews", columns, [[row[name] for name in names] for row in found])


def _by_platform(application: Application, first: date | None, last: date | None) -> dict[str, list[Case]]:
    config = application.parts.config()
    found: dict[str, list[Case]] = {}
    for account in config.accounts:
        for _, case, _ in application.outreach.desk.cases.all(config.merchant, account.platform, account.account):
            day = local_day(sla.begins(case, "first"), config.zone)  # the day that a digest counts it on
            if case.kind != "survey" and (first is None or day >= first) and (last is None or day <= last):
                found.setdefault(account.platform, []).append(case)
    return found


def _figures(platform: str, cases: list[Case], kept: sla.Figures) -> dict[str, Any]:
    """`median`: business minutes to the first answer, None where nothing was answered."""
    topics = Counter(topic for case in cases if case.band == "negative" for topic in case.topics)
    return {
        "platform": platform,
        "reviews": len(cases),
        "negative": sum(case.band == "negative" for case in cases),
        "answered": sum(case.state == "answered" for case in cases),
        "in time": kept.in_time,
        "late": kept.late,
        "waiting": kept.waiting,
        "median": kept.median_minutes,
        "open": kept.open,
        "topics": ", ".join(f"{topic} {count}" for topic, count in topics.most_common(3)),
    }


def _place(application: Application, key: str, *, question: bool) -> CaseKey:
    platform, _, rest = key.partition("/")
    account, _, name = rest.partition("/")
    if not platform or not account or not name:
        raise typer.BadParameter("platform/account/review_id")
    place = CaseKey(application.parts.config().merchant, platform, account, "question" if question else "review", name)
    survey = place._replace(kind="survey")
    cases = application.outreach.desk.cases
    return survey if not question and cases.read(place)[0] is None and cases.read(survey)[0] is not None else place


def _text(application: Application, place: CaseKey) -> str | None:
    """What was written: in public, or to us alone in answer to a survey."""
    if place.kind == "survey":
        return application.outreach.surveys.words(place)
    told = application.outreach.desk.tellings.told(place)
    return told.text if told else None


def _case(application: Application, key: str, *, question: bool) -> tuple[CaseKey, Case]:
    place = _place(application, key, question=question)
    case, _ = application.outreach.desk.cases.read(place)
    if case is None:
        raise Rejected("case-unknown", "no case of that review", status=404)
    return place, case
