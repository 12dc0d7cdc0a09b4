"""What stands out, as sentences: each finding with what was usual, what it is worth, and what it most likely comes from."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.adapters.catalogue import words
from chalicelib.adapters.digest_model import Point, Section
from chalicelib.adapters.digest_words import LONGEST_TITLE, Tongue
from chalicelib.domain import wording
from chalicelib.domain.anomaly import Anomaly, Metric
from chalicelib.domain.ratio import Ratio

_MONEY = frozenset({Metric.NET_SALES, Metric.AOV, Metric.SPEND})


def section(found: Sequence[Anomaly], tongue: Tongue) -> Section | None:
    """The findings, the dearest first; nothing where there is none."""
    if not found:
        return None
    points = tuple(_point(one, tongue) for one in found)
    return Section("anomalies", tongue.say("anomalies"), points=points, notes=(tongue.say("anomaly_note"),))


def _point(one: Anomaly, tongue: Tongue) -> Point:
    say, series = tongue.say, one.series
    change = wording.change(Ratio(one.value - one.expected, abs(one.expected)).permille(), tongue.locale)
    name = words("figure", tongue.locale)(_name(series.metric))
    where = tongue.place(series.platform, series.account) if series.platform else say("whole_merchant")
    if series.product:
        where = (
            f"{title(series.product, tongue)} ({where})" if tongue.locale == "en" else f"{title(series.product, tongue)}（{where}）"
        )
    told = {
        key: figure(series.metric, value, tongue) for key, value in (("value", one.value), ("low", one.low), ("high", one.high))
    }
    days = say("anomaly_days", days=str(one.days)) if one.days > 1 else ""
    against = say("anomaly_against", change=change.text) if change.direction != "none" else say("anomaly_new")
    what = f"{change.arrow} " + say("anomaly_what", where=where, metric=name, value=told["value"], days=days, against=against)
    why = [say("anomaly_usual", low=told["low"], high=told["high"])]
    if one.money:
        amount = tongue.money(abs(one.money))
        why.append(say("anomaly_more" if one.money > 0 else "anomaly_less", amount=amount))
    why.append(driver(one, tongue))
    if one.again:
        why.append(say("anomaly_since", day=wording.short_day(one.since, tongue.locale)))
    return Point(what.strip(), say("gap").join(filter(None, why)))


def driver(one: Anomaly, tongue: Tongue) -> str:
    """What most of it comes from; empty where that is all of it by itself."""
    cause, say = one.driver, tongue.say
    share = tongue.percent(cause.share)
    if cause.kind == "platform":
        platform, _, account = cause.name.partition("/")
        if (platform, account) == (one.series.platform, one.series.account):
            return ""
        return say("driver", name=tongue.place(platform, account), share=share)
    if cause.kind == "product":
        return "" if cause.name == one.series.product else say("driver", name=title(cause.name, tongue), share=share)
    if cause.name == str(one.series.metric):
        return ""
    names = words("figure", tongue.locale)
    return say("driver_rate", name=names.get(cause.name) or wording.clean(cause.name), share=share)


def title(product: str, tongue: Tongue) -> str:
    """A product's title where the report tells it, else its key."""
    titles = {one.product_id: one.title for one in tongue.report.products}
    return wording.clean(titles.get(product) or product, LONGEST_TITLE)


def figure(metric: Metric, value: int, tongue: Tongue) -> str:
    """A finding's figure in its unit: conversion is of 10,000 visits."""
    if metric in _MONEY:
        return tongue.money(value)
    return f"{wording.hundredths(value, tongue.locale)}%" if metric is Metric.CONVERSION else tongue.count(value)


def _name(metric: Metric) -> str:
    return {Metric.CONVERSION: "cvr", Metric.SPEND: "ad_spend", Metric.REFUNDS: "refund_count"}.get(metric, str(metric))
