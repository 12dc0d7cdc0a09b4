"""Every metric there is: what it counts, and by what. docs/counters.md is made of it; alarms and the dashboard are checked by it.

A name that is counted and not listed here fails a test, and so does one that is listed and never counted.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

NAMESPACE = "Huitou"
# By what metrics are told apart, and what bounds how many there can be. Never a shop, a person, an order or a text of a platform.
DIMENSIONS = {
    "platform": "the connectors, `unknown`, and `-`",
    "reason": "our own words in the code",
    "kind": "of messages, jobs and deadlines: words in the code",
    "campaign": "the campaigns of the configuration, and `-`",
    "channel": "the ways to a person: words in the code",
    "period": "day, week, month",
    "band": "positive, neutral, negative",
    "queue": "the queues of the installation",
    "grade": "of storms: words in the code",
    "outcome": "words in the code",
    "was": "the states of a message",
    "again": "true, false",
}


class Metric(NamedTuple):
    """A metric. `by`: the sets of dimensions it is told with, in alphabetical order; CloudWatch keeps each set apart."""

    name: str
    by: tuple[tuple[str, ...], ...]
    says: str
    unit: Literal["Count", "Milliseconds"] = "Count"


_PLATFORM = (("platform",),)
_WHY = (("platform", "reason"),)
_SENT = (("campaign", "kind"),)
_GATE = (("kind", "reason"),)
_CASE = (("band", "platform"),)
GROUPS: dict[str, tuple[Metric, ...]] = {
    "Coming in": (
        Metric("received", _PLATFORM, "webhooks and records of feeds that are on the queue"),
        Metric("refused", _WHY, "webhooks refused: signature, unknown account, too large"),
        Metric("not_accepted", _WHY, "webhooks answered with 503: the queue, the key or the configuration failed"),
        Metric("probed", _PLATFORM, "our own signed pushes to ourselves"),
        Metric("pulled", _PLATFORM, "events queued by pulls"),
        Metric("imported", _PLATFORM, "events queued from files"),
        Metric("poll_failed", _WHY, "messages that a platform keeps could not be fetched or confirmed"),
        Metric("feed_unowned", _WHY, "messages of a shop that no account has"),
        Metric("socket_lost", _WHY, "connections that a worker lost"),
        Metric("replayed", _PLATFORM, "events put on the bulk queue again"),
        Metric("redriven", (("queue",),), "dead letters put back on their queue"),
        Metric("lag_platform", _PLATFORM, "from the platform's own time of an event to its receipt; pushes alone", "Milliseconds"),
    ),
    "Into orders": (
        Metric("applied", _PLATFORM, "tellings that changed an order or a record"),
        Metric("duplicate", _PLATFORM, "tellings that said nothing new"),
        Metric("stale", _PLATFORM, "tellings that came after newer ones"),
        Metric("skipped", _WHY, "events that say nothing about anything we keep"),
        Metric("unknown_topic", _PLATFORM, "pushes of a topic that the connector does not know"),
        Metric("unmapped_status", _PLATFORM, "orders with a status that is not in our table"),
        Metric("amounts_gap", _PLATFORM, "orders whose amounts do not add up as the platform tells them"),
        Metric("refund_odd", _WHY, "orders of which more went back than was paid, or in another currency than theirs"),
        Metric("delayed", _WHY, "events that wait, mostly for the platform"),
        Metric("quarantined", (("reason",),), "events that a person has to look at"),
        Metric("config_error", _WHY, "events, or a merchant, whose configuration does not work"),
        Metric("record_failed", (("reason",),), "records that stayed on their queue"),
        Metric("confirm_due", _PLATFORM, "orders that the shop must confirm within 90 seconds"),
        Metric("projected", ((),), "orders projected from the stream"),
        Metric("lag_order", _PLATFORM, "from receipt to the order in the table; today's events alone", "Milliseconds"),
    ),
    "Sources": (
        Metric("source_stale", _PLATFORM, "accounts that were not heard of in time, each five minutes"),
        Metric("account_paused", _PLATFORM, "authorisations that a platform revoked"),
        Metric("authorised", _PLATFORM, "accounts whose owner consented"),
        Metric("account_leaving", _PLATFORM, "accounts that somebody, or their platform, asked to disconnect"),
        Metric("account_left", _PLATFORM, "accounts that are disconnected and erased"),
        Metric("leaving_failed", _WHY, "accounts whose leaving waits"),
        Metric("petition", _WHY, "requests of platforms on behalf of a buyer; the reason is which: erase, export"),
        Metric("petition_late", ((),), "such requests that are past their time, each hour"),
        Metric("erasure_asked", ((),), "people of whom somebody, or their platform, asked that they be erased"),
        Metric("erasure_done", ((),), "people who are erased"),
        Metric("erasure_failed", (("reason",),), "erasures that wait"),
        Metric("erasure_late", ((),), "erasures that are not done after 24 hours, each hour"),
        Metric("erased_word", _PLATFORM, "words on being written to that somebody said before they were erased"),
        Metric("retention_removed", _PLATFORM, "orders and records whose personal data was removed, its time being over"),
        Metric("retention_failed", _WHY, "accounts where removing it waits"),
        Metric("push_dry", _PLATFORM, "accounts whose pushes dried up while pulls saw orders"),
        Metric("push_back", _PLATFORM, "accounts whose pushes came back"),
        Metric("push_registered", _PLATFORM, "subscriptions that we made again"),
        Metric("register_failed", _WHY, "subscriptions that could not be made again"),
        Metric("reconciled", _PLATFORM, "days compared with a platform's own list"),
        Metric("reconcile_missing", _PLATFORM, "orders that a platform lists and we had not"),
        Metric("reconcile_stale", _PLATFORM, "orders that a platform knew better"),
        Metric("reconcile_unread", _PLATFORM, "orders that a platform lists and that could not be read"),
        Metric("reconcile_extra", _PLATFORM, "orders that a platform does not list"),
    ),
    "Jobs": (
        Metric("job_done", (("kind", "platform"),), "runs that ended well"),
        Metric("job_failed", (("kind", "platform", "reason"),), "runs that failed"),
        Metric("job_waits", (("kind", "platform", "reason"),), "runs that go on later: a limit, or a report that is being made"),
        Metric("job_skipped", (("kind", "platform"),), "messages of a job that had nothing to do"),
        Metric("merchant_failed", (("reason",),), "scheduled steps that failed for one merchant of several"),
        Metric("rows_unowned", ((),), "rows of the stream that are no merchant's here"),
    ),
    "To members": (
        Metric("winback_drawn", (("campaign",),), "members drawn for a campaign"),
        Metric("winback_not_meant", (("campaign", "reason"),), "members who were due, and whom the campaign does not mean"),
        Metric("campaign_unapproved", (("campaign",),), "sweeps that a campaign sat out, since nobody approved it as it is"),
        Metric("message_sent", _SENT, "messages handed over"),
        Metric("message_unknown", _SENT, "messages of which nobody knows whether they went"),
        Metric("message_failed", _SENT, "messages that were not taken"),
        Metric("message_deferred", (*_SENT, *_GATE), "messages that go later: by the gate's reason, or not taken just now"),
        Metric("message_suppressed", _GATE, "messages that the gate stopped for good"),
        Metric("message_cancelled", _GATE, "messages that lost their purpose"),
        Metric("message_waiting", _GATE, "messages that could not be tried in this run"),
        Metric("message_left", (("kind",),), "messages whose worker died"),
        Metric("receipt_sent", (("kind", "was"),), "messages that a receipt settled as gone"),
        Metric("receipt_failed", (("kind", "was"),), "messages that a receipt settled as not arrived"),
        Metric("address_refused", (("channel", "reason"),), "addresses that get nothing any more"),
        Metric("sending_halted", (("channel",),), "channels that have stopped themselves, each minute"),
        Metric("clicked", (("campaign",),), "clicks"),
        Metric("click_lost", (("reason",),), "clicks that led to the shop and could not be kept"),
        Metric("survey_drawn", ((),), "people to be asked after a delivery"),
        Metric("survey_moved", ((),), "deliveries that were told again with another day"),
        Metric("survey_old", ((),), "deliveries too long ago to ask about"),
        Metric("survey_nobody", ((),), "deliveries to nobody whom we know"),
        Metric("survey_unsampled", ((),), "deliveries that the sample leaves out"),
        Metric("survey_void", ((),), "deliveries of orders that do not count"),
        Metric("survey_paused", ((),), "people who were asked lately"),
        Metric("survey_answered", (("again",),), "answers to surveys"),
        Metric("tagged", _PLATFORM, "tags set with contacts"),
        Metric("tag_failed", _WHY, "tags that were not set"),
        Metric("tags_failed", _WHY, "walks through a directory that failed"),
        Metric("task_failed", _WHY, "tasks that a platform could not be asked about"),
    ),
    "Reviews and digests": (
        Metric("case_drafted", _CASE, "reviews with a draft for somebody's word"),
        Metric("case_waiting", _CASE, "reviews that a person has to answer"),
        Metric("case_queued", _CASE, "reviews whose answer goes out by itself"),
        Metric("case_answered", _CASE, "reviews that are answered already"),
        Metric("case_closed", _CASE, "reviews that need no answer"),
        Metric("case_approved", _PLATFORM, "drafts approved"),
        Metric("case_written", _PLATFORM, "messages written to buyers about a review"),
        Metric("sla_breached", (("kind", "platform"),), "deadlines missed"),
        Metric("review_storm", (("grade",),), "storms of bad reviews"),
        Metric("judge_asked", (("outcome",),), "second readings asked for"),
        Metric("digests_queued", (("period",),), "digests queued for readers"),
        Metric("digest_held", ((),), "sources that digests waited for"),
        Metric("console_refused", (("reason",),), "requests that the console refused"),
    ),
}
METRICS = {metric.name: metric for group in GROUPS.values() for metric in group}


def table() -> str:
    """All of it as Markdown."""
    parts = []
    for title, group in GROUPS.items():
        rows = "\n".join(
            f"| `{each.name}` | {' or '.join(_by(one) for one in each.by)} | {each.says}{_unit(each)} |" for each in group
        )
        parts.append(f"### {title}\n\n| metric | by | counts |\n| --- | --- | --- |\n{rows}")
    bounds = "\n".join(f"| `{name}` | {bound} |" for name, bound in DIMENSIONS.items())
    parts.append(f"### Dimensions\n\n| dimension | bounded by |\n| --- | --- |\n{bounds}")
    return "\n\n".join(parts)


def _by(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "—"


def _unit(metric: Metric) -> str:
    return " (milliseconds)" if metric.unit == "Milliseconds" else ""
