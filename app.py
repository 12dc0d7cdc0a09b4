"""Huitou's entry points: routes and functions, each one call into the composition root."""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice, Response

from chalicelib import entry

app = Chalice(app_name="huitou")
ANY = ["*/*"]
FORMS = ["*/*", "application/x-www-form-urlencoded"]


@app.route("/webhooks/{platform}/{account}", methods=["GET", "POST"], content_types=ANY)
def webhook(platform: str, account: str) -> Response:
    """A platform's push."""
    return Response(**entry.webhook(app.current_request, platform, account))


@app.route("/webhooks/{platform}/{account}/{topic}", methods=["GET", "POST"], content_types=ANY)
def webhook_topic(platform: str, account: str, topic: str) -> Response:  # noqa: ARG001  # read from the event, byte-exact
    """A platform's push with a topic or a secret as its last path segment."""
    return Response(**entry.webhook(app.current_request, platform, account))


@app.route("/unsubscribe/{token}", methods=["GET", "POST"], content_types=FORMS)
def unsubscribe(token: str) -> Response:
    """One-click unsubscribe (RFC 8058): GET asks, POST does."""
    return Response(**entry.unsubscribe(app.current_request, token))


@app.route("/c/{token}", methods=["GET", "HEAD"], content_types=ANY)
def click(token: str) -> Response:
    """The link of a message, to the shop."""
    return Response(**entry.click(app.current_request, token))


@app.route("/s/{token}", methods=["GET", "POST"], content_types=FORMS)
def survey(token: str) -> Response:
    """A survey's page: GET asks, POST answers."""
    return Response(**entry.survey(app.current_request, token))


@app.route("/healthz")
def healthz() -> Response:
    """Whether this process serves."""
    return Response(**entry.healthz())


@app.lambda_function(name="feed")
def feed(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A platform's own queue or event bus to the inbound queue."""
    return entry.feed(event, context)


@app.lambda_function(name="normalise")
def normalise(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Inbound and bulk queue to table."""
    return entry.normalise(event, context)


@app.lambda_function(name="project")
def project(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Stream to facts and profiles."""
    return entry.project(event, context)


@app.lambda_function(name="trigger")
def trigger(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Stream: an order ends what was still to be sent."""
    return entry.trigger(event, context)


@app.lambda_function(name="sweep")
def sweep(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Schedule: who has become due for a campaign."""
    return entry.sweep(event, context)


@app.lambda_function(name="deliver")
def deliver(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Schedule: outbox to channel."""
    return entry.deliver(event, context)


@app.lambda_function(name="tick")
def tick(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Schedule: recompute dirty cells, put parked work back, send the heartbeat through the stream."""
    return entry.tick(event, context)


@app.lambda_function(name="poll")
def poll(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Schedule: messages that platforms keep until they are fetched and confirmed."""
    return entry.poll(event, context)


@app.lambda_function(name="pull")
def pull(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Schedule: whose turn has come to be pulled, as jobs."""
    return entry.pull(event, context)


@app.lambda_function(name="work")
def work(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Jobs queue: a pull, a backfill, a reconciliation of one account."""
    return entry.work(event, context)


@app.lambda_function(name="digest")
def digest(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Schedule: yesterday's digest, from the configured hour on."""
    return entry.digest(event, context)


@app.lambda_function(name="console")
def console(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The console's pages; the gateway sends /console here, see infra/resources.yaml."""
    return entry.console(event, context)
