"""What of a report its reader's role reads. Mail, files and cards are all made from what is left here."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.figures import OF_PEOPLE, OF_SERVICE
from chalicelib.domain.report import Report

# Figures that say what is left of sales; and the sections of which one has to be read for the merchant's figures at all.
OF_PROFIT = frozenset({"contribution_margin", "margin_rate", "roi", "message_cost", "winback_profit"})
OF_TRADE = frozenset({"channels", "profit"})


def readable(report: Report) -> Report:
    """The report without what its reader's role does not read."""
    shown = report.shown

    def has(section: str) -> bool:
        return section in shown

    return replace(
        report,
        products=report.products if has("products") else (),
        messages=report.messages if has("messages") else (),
        funnels=report.funnels if has("messages") else (),
        gains=report.gains if has("messages") else (),
        storms=report.storms if has("storms") else (),
        channels=report.channels if has("channels") else (),
        profit=report.profit if has("profit") else None,
        cohorts=report.cohorts if has("people") else (),
        structure=report.structure if has("structure") else None,
        stock=report.stock if has("stock") else None,
        shipping=report.shipping if has("shipping") else (),
        carriers=report.carriers if has("carriers") else (),
        creators=report.creators if has("creators") else None,
        figures=tuple(figure for figure in report.figures if _reads(figure.key, shown)),
    )


def _reads(key: str, shown: frozenset[str]) -> bool:
    if key in OF_SERVICE:
        return "service" in shown
    if key in OF_PEOPLE:
        return "people" in shown
    return "profit" in shown if key in OF_PROFIT else bool(OF_TRADE & shown)
