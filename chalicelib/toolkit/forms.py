"""Form bodies (application/x-www-form-urlencoded), parsed once, with bounded work and no guessing of the encoding."""

from __future__ import annotations

from urllib.parse import parse_qsl

from chalicelib.errors import Permanent

MAX_FIELDS = 1000


def parse_form(body: bytes, *, connector: str, encoding: str = "utf-8") -> tuple[tuple[str, str], ...]:
    """The pairs of a form in their order, blank values kept. Permanent("payload-malformed") on what is no form.

    `encoding` is the platform's own ("gbk" for some); bytes that do not fit it are refused, never replaced.
    """
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="strict", max_num_fields=MAX_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Permanent("payload-malformed", "not a form", connector=connector, path="$") from None
    return tuple(pairs)


def field(pairs: tuple[tuple[str, str], ...], name: str, *, connector: str) -> str:
    """The one value of a field. Missing or given twice: Permanent("payload-malformed") naming it."""
    values = [value for key, value in pairs if key == name]
    if len(values) != 1:
        problem = "is missing" if not values else "is given twice"
        raise Permanent("payload-malformed", f"the form field {problem}", connector=connector, path=f"$.{name}")
    return values[0]
