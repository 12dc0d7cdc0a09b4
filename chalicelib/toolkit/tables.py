"""Tables that people keep: CSV as Excel and its kin write it, in UTF-8, UTF-16 or GB 18030, with headings in English or Chinese.

Every fault is told with its line and column, all of them at once; a value is never guessed. A fault repeats nothing of what the
cell says.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from chalicelib.toolkit.amounts import minor_units

MOST_ROWS = 500_000
_DELIMITERS = (",", "\t", ";")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
_DAY = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{2})([0-9]{2})|年([0-9]{1,2})月([0-9]{1,2})日)(?: 0?0:00(?::00)?)?",
    re.ASCII,
)
_CUT = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2,3}", re.ASCII)
_AS_TEXT = re.compile(r'="(.*)"')  # how spreadsheets are told that 00123 is no number
_POINTED = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})+", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,15}(\.0+)?", re.ASCII)
T = TypeVar("T")


class Flaw(NamedTuple):
    """What is wrong, and where: `line` counts from 1, the heading included; `column` is its name, "" for the whole line."""

    line: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.why}" if self.column else f"line {self.line}: {self.why}"


class Column(NamedTuple):
    """A column by its name and the other words it may be headed with, compared without blanks and case."""

    name: str
    words: tuple[str, ...] = ()
    required: bool = False


class BadCell(ValueError):
    """What is wrong with a cell; `column` where it is another than the one being read."""

    def __init__(self, why: str, column: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.column = column


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line. Each reader takes a column; BadCell on what it cannot be. An empty cell is None where it may be empty."""

    line: int
    cells: Mapping[str, str]
    commas: bool = True  # whether a comma may group digits: where semicolons part cells, it is a decimal point

    def text(self, column: str, most: int = 200) -> str | None:
        """Text without outer blanks."""
        told = self.cells.get(column, "")
        if len(told) > most:
            raise BadCell(f"longer than {most} characters", column)
        if _CUT.fullmatch(told):
            raise BadCell("a long number as a spreadsheet shortens it: format the column as text", column)
        return told or None

    def need(self, column: str, most: int = 200) -> str:
        """Text that must be there."""
        return _there(self.text(column, most), column)

    def whole(self, column: str, most: int = 10**12, least: int = 0) -> int | None:
        """A whole number."""
        told = self._number(column)
        if told is None:
            return None
        if not _WHOLE.fullmatch(told):
            raise BadCell("not a whole number", column)
        number = int(told.partition(".")[0])
        if not least <= number <= most:
            raise BadCell(f"not from {least} to {most}", column)
        return number

    def money(self, column: str, currency: str) -> int | None:
        """An amount that is not negative, in minor units of `currency`."""
        told = self._number(column)
        if told is None:
            return None
        try:
            minor = minor_units(told, currency)
        except ValueError as error:
            raise BadCell(str(error), column) from None
        if minor < 0:
            raise BadCell("below zero", column)
        return minor

    def decimal(self, column: str) -> str | None:
        """A plain decimal as text."""
        told = self._number(column)
        if told is not None and not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", told, re.ASCII):
            raise BadCell("not a decimal", column)
        return told

    def day(self, column: str) -> date | None:
        """A day, year first: 2026-11-20, 2026/11/20, 2026.11.20, 20261120, 2026年11月20日."""
        told = unicodedata.normalize("NFKC", self.cells.get(column, ""))
        if not told:
            return None
        fit = _DAY.fullmatch(told)
        if fit is None:
            raise BadCell("not a day such as 2026-11-20", column)
        parts = [part for part in fit.groups()[2:] if part]
        try:
            return date(int(fit[1]), int(parts[0]), int(parts[1]))
        except ValueError:
            raise BadCell("no such day", column) from None

    def need_day(self, column: str) -> date:
        """A day that must be there."""
        return _there(self.day(column), column)

    def choice(self, column: str, words: Mapping[str, T]) -> T | None:
        """One of some words, compared as headings are."""
        told = self.cells.get(column, "")
        if not told:
            return None
        found = words.get(_plain(told))
        if found is None:
            raise BadCell(f"one of {', '.join(words)}", column)
        return found

    def _number(self, column: str) -> str | None:
        """A number without what groups its digits, full-width forms as ASCII."""
        told = unicodedata.normalize("NFKC", self.cells.get(column, "")).replace(" ", "")
        if not told:
            return None
        if not self.commas and _POINTED.fullmatch(told):
            raise BadCell("a point before three digits: here it may group them, so write 1234 or 1.2340", column)
        if "," in told and self.commas and _GROUPED.fullmatch(told):
            return told.replace(",", "")
        return told


@dataclass(slots=True)
class TableRead(Generic[T]):
    """What was read: `taken` by line, `flaws` by line and column, and what it was read as."""

    taken: dict[int, T] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    encoding: str = "utf-8"


def read_table(data: bytes, columns: Sequence[Column], row: Callable[[TableRow], T]) -> TableRead[T]:
    """Read each line by `row`, which raises BadCell. A heading that cannot be read is the one flaw, and nothing is taken."""
    found = TableRead[T]()
    try:
        text, found.encoding = _decoded(data)
        delimiter = _delimiter(text, columns)
        # Strictly: a quote that is not closed would swallow the lines after it.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        heading = _heading(next(reader, []), columns)
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(found.taken) + len(found.flaws) >= MOST_ROWS:
                raise _Broken(line, f"more than {MOST_ROWS} lines")
            _take(found, line, cells, heading, commas=delimiter != ";", row=row)
    except csv.Error:
        found.flaws.append(Flaw(reader.line_num, "", "a quote that is not closed, or a line that is no CSV"))
    except _Broken as broken:
        found.flaws.append(broken.flaw)
    return found


def _take(
    found: TableRead[T],
    line: int,
    cells: list[str],
    heading: list[str | None],
    *,
    commas: bool,
    row: Callable[[TableRow], T],
) -> None:
    if len(cells) > len(heading) and any(cell.strip() for cell in cells[len(heading) :]):
        found.flaws.append(Flaw(line, "", f"{len(cells)} cells under {len(heading)} columns"))
        return
    told = {name: _unwrapped(cell.strip()) for name, cell in zip(heading, cells, strict=False) if name}
    try:
        found.taken[line] = row(TableRow(line, told, commas))
    except BadCell as bad:
        found.flaws.append(Flaw(line, bad.column or "", bad.why))


def _unwrapped(cell: str) -> str:
    fit = _AS_TEXT.fullmatch(cell)
    return fit[1].strip() if fit else cell


class _Broken(Exception):  # never leaves this module
    def __init__(self, line: int, why: str) -> None:
        self.flaw = Flaw(line, "", why)


def _decoded(data: bytes) -> tuple[str, str]:
    """By its mark, else UTF-8 where it is that throughout, else GB 18030, which Excel in China writes."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding), encoding
    if b"\0" in data:
        raise _Broken(1, "no text: save it as CSV")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _strictly(data, "gb18030"), "gb18030"


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _Broken(data.count(b"\n", 0, error.start) + 1, f"neither UTF-8 nor {encoding.upper()}") from None


def _delimiter(text: str, columns: Sequence[Column]) -> str:
    """What parts the heading into the most columns that are known."""
    first = text.partition("\n")[0]
    known = _known(columns)

    def fits(delimiter: str) -> int:
        return sum(_plain(cell.strip('" \r')) in known for cell in first.split(delimiter))

    return max(_DELIMITERS, key=fits)


def _heading(cells: list[str], columns: Sequence[Column]) -> list[str | None]:
    """The columns' names in the file's order; an empty heading is a column that is not read."""
    known = _known(columns)
    names = [known.get(_plain(cell)) if cell.strip() else None for cell in cells]
    for cell, name in zip(cells, names, strict=True):
        if cell.strip() and name is None:
            wanted = ", ".join(column.name for column in columns)
            raise _Broken(1, f"column {cells.index(cell) + 1} is none of {wanted}")
    told = [name for name in names if name]
    if twice := [name for name in told if told.count(name) > 1]:
        raise _Broken(1, f"column {twice[0]} stands twice")
    if missing := [column.name for column in columns if column.required and column.name not in told]:
        raise _Broken(1, f"column {missing[0]} is missing")
    return names


def _known(columns: Sequence[Column]) -> dict[str, str]:
    return {_plain(word): column.name for column in columns for word in (column.name, *column.words)}


def _plain(text: str) -> str:
    """As headings and words are compared: full-width forms as ASCII, small, without blanks, - and _."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", text)).lower()


def words(table: Mapping[T, Sequence[str]]) -> dict[str, T]:
    """Words for TableRow.choice: of each value, all that it may be called."""
    return {_plain(word): value for value, told in table.items() for word in told}


def _there(value: T | None, column: str) -> T:
    if value is None:
        raise BadCell("empty", column)
    return value
