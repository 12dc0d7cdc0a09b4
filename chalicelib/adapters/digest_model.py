"""What a digest is made of, in words: sections of tables, pictures and sentences, and the view that holds them.

HTML, plain text and the robots' cards are written from this alone. All strings are final (locale, symbols, signs) and cleaned of
control and bidi characters; nothing is escaped yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from chalicelib.adapters.charts import Chart
from chalicelib.domain.wording import Change, Locale

# up and down: a change that is judged. soft: beside the point. warn: needs a look. Colour is never all that tells.
Tone = Literal["", "up", "down", "soft", "warn"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, a softer line `below` it, and what is read aloud instead of signs that draw (`spoken`)."""

    text: str
    below: str = ""
    tone: Tone = ""
    strong: bool = False
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading. `phone`: kept on a narrow screen."""

    head: str
    right: bool = True
    phone: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A row; `note` is a sentence under it, over the whole width."""

    cells: tuple[Cell, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `caption` names it where a section has several, with the state of its source in `flag`.

    `whole`: it is shown to the last row whatever the mail's size. `left`: how many rows were taken out for it.
    """

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    caption: str = ""
    flag: str = ""
    whole: bool = False
    left: int = 0

    @property
    def ruled(self) -> bool:
        """Whether rows need a line between them: they have more than one line each."""
        return any(line.note or any(cell.below for cell in line.cells) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart: its caption, what it says with its figures (`alt`), what is drawn, and the figures as a table should it fail."""

    name: str
    caption: str
    alt: str
    chart: Chart
    table: Table
    size: tuple[int, int] = (0, 0)  # as drawn, in pixels
    cid: str = ""  # empty: not drawn


@dataclass(frozen=True, slots=True)
class Point:
    """A finding: what, in bold, and what is known about it."""

    what: str
    why: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the mail. `lead` stands before all else, `notes` after. `detail`: left out first when a mail grows too long."""

    key: str
    title: str
    lead: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    shown: tuple[Shown, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    detail: bool = False

    def cut(self, rows: int) -> Section:
        """The same with at most so many tables, and so many rows in each; how many rows are missing is told by the last table."""
        kept, dropped = [_cut(table, rows) for table in self.tables[:rows]], self.tables[rows:]
        if dropped:
            missing = sum(len(table.lines) + table.left for table in dropped)
            kept[-1] = replace(kept[-1], left=kept[-1].left + missing)
        return replace(self, tables=tuple(kept))


def _cut(table: Table, rows: int) -> Table:
    if table.whole or len(table.lines) <= rows:
        return table
    return replace(table, lines=table.lines[:rows], left=len(table.lines) - rows)


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: its value, the change against the period before, and against the one that season compares it with.

    `judged` is False where up is neither good nor bad in itself; such changes carry no colour.
    """

    label: str
    value: str
    before: Change
    base: Change
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """The metrics of one account, or of all in one currency; `title` and `subtitle` are platform and account.

    `flag` names the state of the account's source where it is not fresh.
    """

    title: str
    subtitle: str
    flag: str
    orders: str
    headline: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """One of the best-selling products."""

    title: str
    source: str
    quantity: str
    amount: str


@dataclass(frozen=True, slots=True)
class View:
    """A digest, top to bottom. `glance` has a block an account, largest first, and is empty where there is only one.

    `known` is False when no source was heard and no figure is known; `compared` is False when the headline has no base at all.
    `change_first`: the language says "+1.0% vs Thu", not "vs Thu +1.0%". `dense`: amounts so long that a phone needs small type.
    """

    locale: Locale
    merchant: str
    title: str
    day: str
    subject: str
    preheader: str
    versus_before: str
    versus_base: str
    known: bool
    compared: bool
    change_first: bool
    dense: bool
    total: Block
    notes: tuple[str, ...]
    provisional: str
    restated: str
    attention: tuple[str, ...]
    glance: tuple[Block, ...]
    others: tuple[tuple[str, Block], ...]
    products: tuple[Product, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    generated: str
    leave: str  # where its reader stops these mails; empty where nobody can

    def with_sections(self, sections: Iterable[Section]) -> View:
        """The same with other sections."""
        return replace(self, sections=tuple(sections))


def change_cell(change: Change, *, judged: bool = True) -> Cell:
    """A change with its arrow; coloured where up or down is good or bad."""
    tone: Tone = "soft"
    if judged and change.direction in ("up", "down"):
        tone = "up" if change.direction == "up" else "down"
    return Cell(f"{change.arrow}\u00a0{change.text}".strip(), tone=tone)


def metrics(rows: Iterable[Row], before: str, base: str, *, caption: str = "", flag: str = "", strong: bool = False) -> Table:
    """Metrics as a table with both changes, under what they are against; `strong`: the first is the headline."""
    columns = (Column("", right=False), Column(""), Column(before), Column(base))
    lines = []
    for number, row in enumerate(rows):
        first = strong and number == 0
        changes = (change_cell(change, judged=row.judged) for change in (row.before, row.base))
        lines.append(Line((Cell(row.label, strong=first), Cell(row.value, strong=first), *changes)))
    return Table(columns, tuple(lines), caption=caption, flag=flag, whole=True)


def sums(view: View) -> Table:
    """The figures below the headline."""
    return metrics(view.total.rows, view.versus_before, view.versus_base)


SPARKS = "▁▂▃▄▅▆▇█"


def spark(values: Iterable[int | None]) -> str:
    """A line of blocks, one a day, from nothing to the largest; a dot where a day is not known, empty where none is.

    A day below zero is as low as zero: the sign is told by the figure beside it.
    """
    days = tuple(values)
    most = max((day for day in days if day is not None), default=0)
    if not any(day is not None for day in days):
        return ""
    top = len(SPARKS) - 1
    return "".join("·" if day is None else SPARKS[max(0, day) * top // most if most > 0 else 0] for day in days)
