"""A digest as a robot says it in a group: short, from the same view as the mail, which holds the rest."""

from __future__ import annotations

from chalicelib.adapters.catalogue import words
from chalicelib.adapters.digest_view import Block, Row, View
from chalicelib.channels import Notice

ACCOUNTS, PRODUCTS = 8, 5


def write(view: View) -> Notice:
    """Headline, what needs attention, the accounts, the best-selling products. Provisional figures are called so first."""
    say = words("digest", view.locale)
    sections: list[tuple[str, tuple[str, ...]]] = []
    if view.provisional:
        sections.append((say("provisional"), (view.provisional,)))
    if view.attention:
        sections.append((say("attention"), view.attention))
    sections.append((view.day, _block(view, view.total) if view.known else (say("no_data"),)))
    shown = view.glance[:ACCOUNTS]
    if shown:
        lines = [f"{block.title} · {block.subtitle}{say('colon')}{_figure(block.headline)}" for block in shown]
        left = len(view.glance) - len(shown)
        sections.append((say("by_account"), (*lines, *([say("more_sources", number=str(left))] if left else ()))))
    if view.products:
        products = [f"{one.title}{say('colon')}{one.amount} ({one.quantity})" for one in view.products[:PRODUCTS]]
        sections.append((say("top_products"), tuple(products)))
    return Notice(f"{view.merchant} · {view.subject}", tuple(sections), urgent=False)


def _block(view: View, block: Block) -> tuple[str, ...]:
    say = words("digest", view.locale)
    return tuple(f"{row.label}{say('colon')}{_figure(row)}" for row in (block.headline, *block.rows))


def _figure(row: Row) -> str:
    return f"{row.value} ({row.yesterday.text})" if row.yesterday.direction != "none" else row.value
