"""The plain text of a digest, from the same view as the HTML; columns line up in a monospace font, wide characters included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.adapters.catalogue import words
from chalicelib.adapters.digest_model import Block, Cell, Row, Section, Shown, Table, View
from chalicelib.domain.wording import clip, pad, width

_LINE, _NAME = 76, 34


def write(view: View) -> str:
    """The whole text part, lines of at most 76 columns apart from single long words and long sentences."""
    say = words("digest", view.locale)
    parts: list[list[str]] = [_top(view)]
    if view.provisional:
        parts.append([f"! {say('provisional')}", *_wrapped([view.provisional])])
    if view.restated:
        parts.append([f"! {say('restated')}", *_wrapped([view.restated])])
    if view.attention:
        parts.append([f"! {say('attention')}", *_wrapped(view.attention)])
    parts += [_wrapped(view.notes), _metrics(view, view.total) if view.known else []]
    parts += [_section(section, view) for section in view.sections]
    parts.append([*_title(say("definitions")), *_wrapped(view.footer), "", *_wrapped([view.generated])])
    if view.leave:
        parts.append([f"{say('unsubscribe')}{say('colon')}{view.leave}"])
    return "\n\n".join("\n".join(line.rstrip() for line in part) for part in parts if part) + "\n"


def _top(view: View) -> list[str]:
    say = words("digest", view.locale)
    headline = view.total.headline
    changes = [
        f"{change.text} {against}" if view.change_first else f"{against} {change.text}"
        for change, against in ((headline.before, view.versus_before), (headline.base, view.versus_base))
    ]
    return [
        f"{view.merchant} · {view.title}",
        view.day,
        "",
        f"{headline.label}{say('colon')}{headline.value if view.known else say('no_data')}",
        *([say("separator").join(changes)] if view.compared else ()),
    ]


def _section(section: Section, view: View) -> list[str]:
    lines = [*_title(section.title), *_wrapped(section.lead)]
    for point in section.points:
        lines += ["", *_wrapped([f"* {point.what}"]), *_wrapped([point.why], indent="  ")]
    for shown in section.shown:
        lines += _shown(shown, view)
    for number, table in enumerate(section.tables):
        caption = [f"{table.caption}{' ! ' + table.flag if table.flag else ''}"] if table.caption else []
        lines += ["", *caption] if number or section.lead else caption
        lines += _rows(table)
    return [*lines, *_wrapped(section.notes)]


def _shown(shown: Shown, view: View) -> list[str]:
    """A picture in words; its figures as a table where there is no picture at all."""
    if shown.cid:
        return _wrapped([shown.alt])
    return [*_wrapped([shown.alt, words("digest", view.locale)("chart_failed")]), *_rows(shown.table)]


def _rows(table: Table) -> list[str]:
    """The table; softer lines and notes stand under their row, the first cell's beside it where there is room."""
    room = 44 if len(table.columns) < 4 else _NAME
    names, rows = [], []
    for line in table.lines:
        first = line.cells[0]
        beside = f"{first.text} · {first.below}" if first.below else first.text
        names.append(beside if width(beside) <= room else first.text)
        rows.append((names[-1], *map(_told, line.cells[1:])))
    head = tuple(column.head for column in table.columns)
    lined = _table([head, *rows], [column.right for column in table.columns], room)
    lines = lined[:1] if any(head) else []
    for text, line, name in zip(lined[1:], table.lines, names, strict=True):
        first, *others = line.cells
        below = [first.below] if first.below and name == first.text else []
        below += [cell.below for cell in others if cell.spoken]
        lines += [text, *(f"  {one}" for one in below), *(_wrapped([line.note], indent="  ") if line.note else ())]
    return lines


def _told(cell: Cell) -> str:
    """A cell in one piece, without the arrow beside its sign; bars that draw stand under the row."""
    text = cell.text.removeprefix("▲\u00a0").removeprefix("▼\u00a0")
    return f"{text} ({cell.below})" if cell.below and not cell.spoken else text


def _title(text: str) -> list[str]:
    return [text, "-" * width(text)]


def _changes(row: Row) -> tuple[str, str]:
    return row.before.text, row.base.text


def _metrics(view: View, block: Block) -> list[str]:
    rows = [(row.label, row.value, *_changes(row)) for row in (block.headline, *block.rows)]
    return _table([("", "", view.versus_before, view.versus_base), *rows], (False, True, True, True))


def _table(rows: Sequence[Sequence[str]], sides: Sequence[bool], name: int = _NAME) -> list[str]:
    """Columns to the right where `sides` says so; the first is cut so that the table keeps its width."""
    clipped = [(clip(row[0], name), *row[1:]) for row in rows]
    columns = [max(width(row[index]) for row in clipped) for index in range(len(clipped[0]))]
    columns[0] = max(columns[0], 18)
    return ["  ".join(pad(cell, columns[at], right=sides[at]) for at, cell in enumerate(row)).rstrip() for row in clipped]


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
