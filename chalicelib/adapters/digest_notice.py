"""A digest as a robot says it in a group: short, from the same view as the mail, which holds the rest."""

from __future__ import annotations

from chalicelib.adapters.catalogue import Words, words
from chalicelib.adapters.digest_model import Row, View
from chalicelib.channels import Notice

ACCOUNTS, PRODUCTS = 8, 5


def write(view: View) -> Notice:
    """What needs attention, what stands out, the headline, accounts, best-selling products; first that figures are provisional.

    Changes are against the day before, which the day's heading says once. Other currencies are named, never added.
    """
    say = words("digest", view.locale)
    sections: list[tuple[str, tuple[str, ...]]] = []
    if view.provisional:
        sections.append((say("provisional"), (view.provisional,)))
    if view.restated:
        sections.append((say("restated"), (view.restated,)))
    if view.attention:
        sections.append((say("attention"), view.attention))
    sections += [(one.title, tuple(point.what for point in one.points)) for one in view.sections if one.points]
    sections.append(_day(view, say))
    shown = view.glance[:ACCOUNTS]
    if shown:
        lines = [f"{block.title} · {block.subtitle}{say('colon')}{_figure(block.headline, say)}" for block in shown]
        left = len(view.glance) - len(shown)
        heading = f"{say('by_account')}{say('colon')}{view.total.headline.label}"
        sections.append((heading, (*lines, *([say("more_sources", number=str(left))] if left else ()))))
    if view.products:
        products = [
            say("notice_product", title=one.title, amount=one.amount, quantity=one.quantity) for one in view.products[:PRODUCTS]
        ]
        sections.append((say("top_products"), tuple(products)))
    return Notice(f"{view.merchant} · {view.subject}", tuple(sections), urgent=False)


def _day(view: View, say: Words) -> tuple[str, tuple[str, ...]]:
    if not view.known:
        return view.day, (say("no_data"),)
    rows = (view.total.headline, *view.total.rows)
    lines = [f"{row.label}{say('colon')}{_figure(row, say)}" for row in rows]
    lines += [f"{block.headline.label} · {title}{say('colon')}{_figure(block.headline, say)}" for title, block in view.others]
    compared = any(row.before.direction != "none" for row in rows)
    heading = say("notice_heading", heading=view.day, base=view.versus_before) if compared else view.day
    return heading, tuple(lines)


def _figure(row: Row, say: Words) -> str:
    if row.before.direction == "none":
        return row.value
    return say("notice_figure", value=row.value, change=row.before.text)
