"""What `app.py` calls: Lambda events in, Lambda answers out. One function an entry point; the steps do the work."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from chalicelib import bootstrap, logs, stream_rows, tracing
from chalicelib.contract import Reply
from chalicelib.errors import HuitouError, Rejected
from chalicelib.lambda_events import raw_request, run_batch, shielded, stream_images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.bootstrap import Application
    from chalicelib.console.front import Front

Answer = dict[str, Any]
RESERVE = timedelta(seconds=90)  # of a job's time: a page that was begun is finished


def webhook(request: Any, platform: str, account: str) -> Answer:
    """Receive one webhook."""
    tenancy = bootstrap.tenancy()
    try:
        app = tenancy.door(platform, account)
        base = app.parts.config().webhook_url(platform, account)
        raw = raw_request(request.to_original_event(), base)
    except Rejected as error:
        return _http(Reply(error.status, f'{{"error":"{error.reason}"}}', "application/json"))
    except HuitouError as error:  # no configuration: the platform shall try again
        tenancy.base.failed(error)
        return _http(Reply(503, '{"error":"unavailable"}', "application/json"))
    return _http(app.receive.handle(platform, account, raw))


def unsubscribe(request: Any, token: str) -> Answer:
    """GET shows a page with a button; POST withdraws. Both answer the same for a token that is none: 404."""
    tenancy, said = bootstrap.tenancy(), request.method == "POST"
    try:
        app, locale = tenancy.by_token(token, lambda app: (app.unsubscribe.withdraw if said else app.unsubscribe.check)(token))
    except Rejected:
        return _page(request, _no_page(404))
    except HuitouError as error:
        tenancy.base.failed(error)
        return _page(request, Reply(503, "", "text/plain"))
    return _page(request, Reply(200, app.parts.renderer().page("unsubscribed" if said else "unsubscribe", locale), "text/html"))


def click(request: Any, token: str) -> Answer:
    """302 to the shop; a click is kept of a GET alone: a HEAD is a program's. 404 for a token that is none."""
    tenancy, keep = bootstrap.tenancy(), request.method == "GET"
    try:
        _, shop = tenancy.by_token(token, lambda app: app.clicks.follow(token, record=keep))
    except Rejected:
        return _page(request, _no_page(404))
    except HuitouError as error:
        tenancy.base.failed(error)
        return _page(request, Reply(503, "", "text/plain"))
    found = _page(request, Reply(302, "", "text/plain"))
    found["headers"]["Location"] = shop
    return found


def survey(request: Any, token: str) -> Answer:
    """GET shows the question, the score of the link marked, and records nothing; POST records. 404 for a token that is none."""
    tenancy = bootstrap.tenancy()
    try:
        _, page = tenancy.by_token(token, lambda app: _survey_page(app, request, token))
    except Rejected as error:
        page = _no_page(error.status)
    except HuitouError as error:
        tenancy.base.failed(error)
        page = Reply(503, "", "text/plain")
    return _page(request, page)


def healthz() -> Answer:
    """Alive. It says nothing of queues and tables: a health check must not be a way to load them."""
    return _http(Reply(200, '{"status":"ok"}', "application/json"))


@shielded
def feed(event: Answer, _context: Any) -> Answer:
    """A batch of a queue that only a platform writes to; the queue's ARN says which. What nobody owns stays there."""
    app = bootstrap.application()
    failures = []
    for record in event["Records"]:
        take = partial(app.intake.record, app.parts.feeds.get(record["eventSourceARN"], ""))
        failures += run_batch([record], take, app.failed)["batchItemFailures"]
    return {"batchItemFailures": failures}


@shielded
def normalise(event: Answer, _context: Any) -> Answer:
    """A batch of the inbound or bulk queue."""
    tenancy = bootstrap.tenancy()
    return run_batch(event["Records"], lambda body: tenancy.whose(body).normalise.handle(body), tenancy.base.failed)


@shielded
def project(event: Answer, _context: Any) -> Answer:
    """A batch of the stream. Any error fails the whole batch: it comes again, and repetition is harmless."""
    return _shared(event, _projected)


@shielded
def trigger(event: Answer, _context: Any) -> Answer:
    """A batch of the stream."""
    return _shared(event, _triggered)


def _shared(event: Answer, act: Callable[[Application, list[Any]], None]) -> Answer:
    """Each merchant's rows for themselves. Where one's fail the others' are done before the batch is said to have failed."""
    tenancy = bootstrap.tenancy()
    raised: Exception | None = None
    for app, images in tenancy.by_rows(stream_images(event["Records"])):
        try:
            act(app, images)
        except Exception as error:  # noqa: BLE001  # raised below, when the others have had their turn
            tenancy.base.failed(error)
            raised = raised or error
    if raised is not None:
        raise raised
    return {"batchItemFailures": []}


def stream_again(app: Application, reader: str, records: Sequence[Mapping[str, Any]]) -> bool:
    """Another turn at records of the stream that `project` or `trigger` gave up; whether all of them are the merchant's."""
    images, merchant = stream_images(records), app.parts.config().merchant
    ours = [(old, new) for old, new in images if new["pk"]["S"].partition("#")[0] == merchant]
    {"project": _projected, "trigger": _triggered}[reader](app, ours)
    return len(ours) == len(images)


def _projected(app: Application, images: list[Any]) -> None:
    from chalicelib.adapters.traces import trace_of  # no webhook waits for it

    app.project.handle(stream_rows.changes_of(images))
    if traces := [trace for _, new in images if (trace := trace_of(new))]:
        logs.note("projected", traces=traces)
    for at in stream_rows.beats_of(images):
        app.tick.beat_seen(at)


def _triggered(app: Application, images: list[Any]) -> None:
    from chalicelib.adapters.traces import trace_of  # no webhook waits for it

    for old, new in images:
        with tracing.under(trace_of(new)):
            for change in stream_rows.changes_of([(old, new)]):
                app.trigger.on_order(change.after)
                app.offers.on_order(change.before, change.after)
                app.outreach.surveys.on_order(change.before, change.after)
    app.opinions.handle(stream_rows.reviews_of(images))
    app.answer_times.handle(stream_rows.cases_of(images))
    for record, trace in {each: trace_of(new) for old, new in images for each in stream_rows.records_of([(old, new)])}.items():
        with tracing.under(trace):
            app.outreach.desk.reviewing.on_record(record)
    for owner, message_id in stream_rows.answers_of(images):
        app.outreach.surveys.on_answer(owner, message_id)


@shielded
def sweep(_event: Answer, _context: Any) -> Answer:
    """Who has come due: for a campaign, and to be asked after a delivery."""
    return bootstrap.tenancy().each(_swept)


def _swept(app: Application) -> Answer:
    """Also those accounts that leave, and, once a day, what may not be kept any more."""
    return {
        "drawn": app.trigger.sweep(),
        "surveys": app.outreach.surveys.sweep(),
        "leaving": app.accounts.leaving.run(),
        "retention": app.accounts.retention.run(),
        **app.privacy.run(),
    }


@shielded
def deliver(_event: Answer, _context: Any) -> Answer:
    """Outbox to channel."""
    return bootstrap.tenancy().each(lambda app: {"handled": app.deliver.run()})


@shielded
def tick(_event: Answer, _context: Any) -> Answer:
    """Each minute: whether sending goes well, dirty cells, the scales over all members, parked work, heartbeat."""
    return bootstrap.tenancy().each(_ticked)


def _ticked(app: Application) -> Answer:
    app.tick.beat()
    app.feedback.check()
    merchant = app.parts.config().merchant
    swept = {"unparked": app.tick.unpark(), "cells": app.reckoning.sweep(merchant)}
    app.standings.refresh(merchant)
    return swept


@shielded
def poll(_event: Answer, _context: Any) -> Answer:
    """Feeds that platforms keep until they are confirmed."""
    return bootstrap.tenancy().each(lambda app: {"queued": app.poll.run()})


@shielded
def pull(_event: Answer, _context: Any) -> Answer:
    """A job for each account whose turn it is to be pulled, and for what else is due with platforms."""
    return bootstrap.tenancy().each(lambda app: {"jobs": app.jobs.fan_out()})


@shielded
def work(event: Answer, context: Any) -> Answer:
    """A batch of the jobs queue. What is not done when the time is nearly over goes on in a job of its own."""
    tenancy = bootstrap.tenancy()
    left = timedelta(milliseconds=context.get_remaining_time_in_millis()) if context else timedelta(0)
    until = tenancy.base.parts.clock.now() + left - RESERVE
    return run_batch(event["Records"], lambda body: tenancy.whose(body).jobs.handle(body, until=until), tenancy.base.failed)


@shielded
def digest(_event: Answer, _context: Any) -> Answer:
    """Yesterday's digest, and what is to be told of reviews' deadlines and of pushes that have stopped."""
    return bootstrap.tenancy().each(
        lambda app: {
            "queued": app.digest.run(),
            "deadlines": app.outreach.desk.watch.run(),
            "dry": app.coverage.tell(),
            "stale": sum(app.status.stale().values()),
        }
    )


def console(event: Answer, _context: Any) -> Answer:
    """A page of the console, as a proxy integration asks for it: a function of its own, with rights of its own."""
    return _front().answer(event).event()


@lru_cache(maxsize=1)
def _front() -> Front:
    """The console's front door, which keeps compiled templates."""
    from chalicelib.adapters.console_pages import ConsolePages
    from chalicelib.console.front import Front
    from chalicelib.console.view import ConsoleView

    return Front(lambda: bootstrap.tenancy().readable(), ConsoleView(ConsolePages()))


def _survey_page(app: Application, request: Any, token: str) -> Reply:
    from chalicelib.domain.nps import score_of  # no webhook waits for it

    said = request.method == "POST"
    if said:
        sheet, taken = app.survey.take(token, raw_request(request.to_original_event(), app.parts.config().base_url).body)
    else:
        sheet, taken = app.survey.look(token), False
    renderer = app.parts.renderer()
    if taken or not sheet.is_open:
        page = renderer.page("surveyed" if taken else "survey_over", sheet.locale)
        return Reply(410 if said and not taken else 200, page, "text/html")
    chosen = score_of((request.query_params or {}).get("score", ""))
    return Reply(400 if said else 200, renderer.survey(sheet.locale, shop=sheet.shop, chosen=chosen, missing=said), "text/html")


def _no_page(status: int) -> Reply:
    """What is answered to a link that is nobody's."""
    parts = bootstrap.tenancy().welcome().parts
    return Reply(status, parts.renderer().page("unknown", parts.config().locale), "text/html")


# Kept by nobody on the way, framed by nobody, no script, and nobody is told where a visitor comes from: the address names a person.
_PAGE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def _page(request: Any, reply: Reply) -> Answer:
    """What a person's browser gets."""
    found = _http(reply)
    found["headers"] |= _PAGE
    if (request.headers or {}).get("x-forwarded-proto") == "https":
        found["headers"]["Strict-Transport-Security"] = "max-age=31536000"
    return found


def _http(reply: Reply) -> Answer:
    headers = {"Content-Type": _typed(reply.content_type), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if reply.retry_after is not None:
        headers["Retry-After"] = str(reply.retry_after)
    return {"body": reply.body, "status_code": reply.status, "headers": headers}


def _typed(content_type: str) -> str:
    """Pages say their charset: a browser would guess one otherwise."""
    return "text/html; charset=utf-8" if content_type == "text/html" else content_type
