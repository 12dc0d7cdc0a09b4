"""What `app.py` calls: Lambda events in, Lambda answers out. One function an entry point; the steps do the work."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalicelib import bootstrap
from chalicelib.contract import Reply
from chalicelib.errors import HuitouError, Rejected
from chalicelib.lambda_events import raw_request, run_batch, stream_images

Answer = dict[str, Any]


def webhook(request: Any, platform: str, account: str) -> Answer:
    """Receive one webhook."""
    app = bootstrap.application()
    try:
        base = app.parts.config().webhook_url(platform, account)
        raw = raw_request(request.to_original_event(), base)
    except Rejected as error:
        return _http(Reply(error.status, f'{{"error":"{error.reason}"}}', "application/json"))
    except HuitouError as error:  # no configuration: the platform shall try again
        app.failed(error)
        return _http(Reply(503, '{"error":"unavailable"}', "application/json"))
    return _http(app.receive.handle(platform, account, raw))


def unsubscribe(request: Any, token: str) -> Answer:
    """GET shows a page with a button; POST withdraws. Both answer the same for a token that is none: 404."""
    app = bootstrap.application()
    try:
        if request.method == "POST":
            app.unsubscribe.withdraw(token)
            return _http(Reply(200, app.parts.renderer().page("unsubscribed", app.parts.config().locale), "text/html"))
        app.unsubscribe.check(token)
    except Rejected:
        return _http(Reply(404, app.parts.renderer().page("unknown", app.parts.config().locale), "text/html"))
    except HuitouError as error:
        app.failed(error)
        return _http(Reply(503, "", "text/plain"))
    return _http(Reply(200, app.parts.renderer().page("unsubscribe", app.parts.config().locale), "text/html"))


def click(request: Any, token: str) -> Answer:
    """302 to the shop; a click is kept of a GET alone: a HEAD is a program's. 404 for a token that is none."""
    app = bootstrap.application()
    try:
        shop = app.clicks.follow(token, record=request.method == "GET")
    except Rejected:
        found = _http(Reply(404, app.parts.renderer().page("unknown", app.parts.config().locale), "text/html"))
    except HuitouError as error:
        app.failed(error)
        found = _http(Reply(503, "", "text/plain"))
    else:
        found = _http(Reply(302, "", "text/plain"))
        found["headers"]["Location"] = shop
    # Kept by nobody on the way, and the shop is not told where its visitor comes from: the address names a message.
    found["headers"] |= {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return found


def healthz() -> Answer:
    """Alive. It says nothing of queues and tables: a health check must not be a way to load them."""
    return _http(Reply(200, '{"status":"ok"}', "application/json"))


def feed(event: Answer, _context: Any) -> Answer:
    """A batch of a queue that only a platform writes to; the queue's ARN says which. What nobody owns stays there."""
    app = bootstrap.application()
    failures = []
    for record in event["Records"]:
        take = partial(app.intake.record, app.parts.feeds.get(record["eventSourceARN"], ""))
        failures += run_batch([record], take, app.failed)["batchItemFailures"]
    return {"batchItemFailures": failures}


def normalise(event: Answer, _context: Any) -> Answer:
    """A batch of the inbound or bulk queue."""
    app = bootstrap.application()
    return run_batch(event["Records"], app.normalise.handle, app.failed)


def project(event: Answer, _context: Any) -> Answer:
    """A batch of the stream. Any error fails the whole batch: it comes again, and repetition is harmless."""
    app = bootstrap.application()
    images = stream_images(event["Records"])
    app.project.handle(bootstrap.changes_of(images))
    for at in bootstrap.beats_of(images):
        app.tick.beat_seen(at)
    return {"batchItemFailures": []}


def trigger(event: Answer, _context: Any) -> Answer:
    """A batch of the stream."""
    app = bootstrap.application()
    images = stream_images(event["Records"])
    for change in bootstrap.changes_of(images):
        app.trigger.on_order(change.after)
        app.offers.on_order(change.before, change.after)
    for record in bootstrap.records_of(images):
        app.outreach.desk.reviewing.on_record(record)
    return {"batchItemFailures": []}


def sweep(_event: Answer, _context: Any) -> Answer:
    """Campaign sweep."""
    return {"drawn": bootstrap.application().trigger.sweep()}


def deliver(_event: Answer, _context: Any) -> Answer:
    """Outbox to channel."""
    return {"handled": bootstrap.application().deliver.run()}


def tick(_event: Answer, _context: Any) -> Answer:
    """Each minute: whether sending goes well, dirty cells, the scales over all members, parked work, heartbeat."""
    app = bootstrap.application()
    app.tick.beat()
    app.feedback.check()
    merchant = app.parts.config().merchant
    swept = {"unparked": app.tick.unpark(), "cells": app.reckoning.sweep(merchant)}
    app.standings.refresh(merchant)
    return swept


def poll(_event: Answer, _context: Any) -> Answer:
    """Feeds that platforms keep until they are confirmed."""
    return {"queued": bootstrap.application().poll.run()}


def pull(_event: Answer, _context: Any) -> Answer:
    """Scheduled pulls, and what else is due with platforms: tasks to be asked about, tags to be set."""
    app = bootstrap.application()
    return {"queued": app.pull.run() + app.tasks.run(), "tagged": app.tags.run()}


def digest(_event: Answer, _context: Any) -> Answer:
    """Yesterday's digest, and what is to be told of reviews' deadlines."""
    app = bootstrap.application()
    return {"queued": app.digest.run(), "deadlines": app.outreach.desk.watch.run()}


def _http(reply: Reply) -> Answer:
    return {"body": reply.body, "status_code": reply.status, "headers": {"Content-Type": _typed(reply.content_type)}}


def _typed(content_type: str) -> str:
    """Pages say their charset: a browser would guess one otherwise."""
    return "text/html; charset=utf-8" if content_type == "text/html" else content_type
