"""Single values as Youzan writes them: yuan as text, "null" and "[]" as text, local times of China."""

from __future__ import annotations

from typing import TypeVar

from chalicelib.toolkit.loose import NOTHING, Id, Odd, Reader, exact_in, money_in

KEY = "youzan"
READ = Reader(KEY)
CURRENCY = "CNY"
yuan = money_in(CURRENCY)
exact = exact_in(CURRENCY)
T = TypeVar("T")


def count(value: Id) -> int:
    """A number of pieces. ValueError on what is none."""
    found = value if type(value) is int else int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else -1
    if not 0 <= found < 10**9:
        raise ValueError("expected a quantity")
    return found


def part(value: T | str | None, name: str) -> T | None:
    """An object or a list; None where the platform writes a text for nothing. Odd on any other text."""
    if type(value) is not str:
        return value  # type: ignore[return-value]  # what is left is an object, a list or None
    if value in NOTHING or value in ("[]", "{}"):
        return None
    raise Odd("expected an object", name)


def hidden(name: str, value: str | None, masked: list[str], encrypted: list[str]) -> str | None:
    """A value that is told plainly; one behind a mask or as cipher text (`$...$`) is None and named."""
    if not value or value in NOTHING:
        return None
    if value[0] == "$" and value[-1] == "$" and len(value) > 2:
        encrypted.append(name)
        return None
    if "*" in value:
        masked.append(name)
        return None
    return value
