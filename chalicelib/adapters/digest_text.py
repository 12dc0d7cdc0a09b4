"""The plain text of a digest, from the same view as the HTML; columns line up in a monospace font, wide characters included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.adapters.catalogue import words
from chalicelib.adapters.digest_view import Block, Row, View
from chalicelib.domain.wording import clip, pad, width

_LINE, _NAME = 76, 34


def write(view: View) -> str:
    """The whole text part, lines of at most 76 columns apart from single long words and long sentences."""
    say = words("digest", view.locale)
    parts: list[list[str]] = [_top(view)]
    if view.provisional:
        parts.append([f"! {say('provisional')}", *_wrapped([view.provisional])])
    if view.attention:
        parts.append([f"! {say('attention')}", *_wrapped(view.attention)])
    parts += [_wrapped(view.notes), _metrics(view, view.total) if view.known else []]
    if view.glance:
        rows = [(f"{a.title} · {a.subtitle}", a.headline.value, *_changes(a.headline)) for a in view.glance]
        head = (say("account"), say("net_sales"), view.versus_yesterday, view.versus_last_week)
        parts.append([*_title(say("by_account")), *_table([head, *rows])])
    for index, (heading, block) in enumerate(view.others):
        parts.append([*_title(heading), *(_wrapped([view.other_note]) if index == 0 else ()), *_metrics(view, block)])
    if view.products:
        parts.append([*_title(say("top_products")), *_products(view)])
    if view.messages:
        parts.append([*_title(say("messages")), *_messages(view)])
    if view.glance:
        details = [line for a in view.accounts for line in ("", f"{a.title} · {a.subtitle}", *_metrics(view, a))]
        parts.append([*_title(say("details")), *details[1:]])
    if view.sources:
        source_rows = [(s.source, s.state, s.last_push, s.last_pull) for s in view.sources]
        head = (say("source"), say("state"), say("last_push"), say("last_pull"))
        parts.append([*_title(say("freshness")), *_table([head, *source_rows])])
    parts.append([*_title(say("definitions")), *_wrapped(view.footer), "", *_wrapped([view.generated])])
    return "\n\n".join("\n".join(line.rstrip() for line in part) for part in parts if part) + "\n"


def _top(view: View) -> list[str]:
    say = words("digest", view.locale)
    headline = view.total.headline
    changes = [
        f"{change.text} {against}" if view.change_first else f"{against} {change.text}"
        for change, against in ((headline.yesterday, view.versus_yesterday), (headline.last_week, view.versus_last_week))
    ]
    return [
        f"{view.merchant} · {say('title')}",
        view.day,
        "",
        f"{headline.label}{say('colon')}{headline.value if view.known else say('no_data')}",
        *([say("separator").join(changes)] if view.compared else ()),
    ]


def _title(text: str) -> list[str]:
    return [text, "-" * width(text)]


def _changes(row: Row) -> tuple[str, str]:
    return row.yesterday.text, row.last_week.text


def _metrics(view: View, block: Block) -> list[str]:
    rows = [(row.label, row.value, *_changes(row)) for row in (block.headline, *block.rows)]
    return _table([("", "", view.versus_yesterday, view.versus_last_week), *rows])


def _products(view: View) -> list[str]:
    say = words("digest", view.locale)
    head = (say("product"), say("quantity"), say("amount"))
    lines: list[str] = []
    table = _table([head, *((p.title, p.quantity, p.amount) for p in view.products)], name=44)
    for index, line in enumerate(table):
        lines.append(line)
        if index:
            lines.append(f"  {view.products[index - 1].source}")
    return lines


def _messages(view: View) -> list[str]:
    say = words("digest", view.locale)
    head = (say("campaign"), say("sent"), say("holdout"), say("withheld"))
    table = _table([head, *((m.campaign, m.sent, m.holdout, m.withheld) for m in view.messages)])
    lines = table[:1]
    for line, message in zip(table[1:], view.messages, strict=True):
        lines += [line, *(_wrapped([message.withheld_because], indent="  ") if message.withheld_because else ())]
    return lines


def _table(rows: Sequence[Sequence[str]], name: int = _NAME) -> list[str]:
    """The first column left, the others right-aligned; the first is cut so that the table keeps its width."""
    clipped = [(clip(row[0], name), *row[1:]) for row in rows]
    columns = [max(width(row[index]) for row in clipped) for index in range(len(clipped[0]))]
    columns[0] = max(columns[0], 18)
    return ["  ".join(pad(cell, columns[index], right=index > 0) for index, cell in enumerate(row)).rstrip() for row in clipped]


def _wrapped(sentences: Iterable[str], indent: str = "") -> list[str]:
    """Break sentences into lines by columns: at spaces, and between any two wide characters."""
    lines: list[str] = []
    for sentence in sentences:
        line = indent
        for token in _tokens(sentence):
            if width(line + token.rstrip()) > _LINE and line.strip():
                lines.append(line)
                line = indent + token.lstrip()
            else:
                line += token
        lines.append(line)
    return lines


def _tokens(sentence: str) -> Iterable[str]:
    """Words with the space before them; wide characters one by one, their punctuation kept with the character before."""
    token = ""
    for char in sentence:
        starts = char == " " or (width(char) == 2 and char not in "，。；：、）”！？")
        if starts and token:
            yield token
            token = ""
        token += char
    if token:
        yield token
