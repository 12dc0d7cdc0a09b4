"""What the fields of a subscribe message take, by the kind in their name (`thing1`).

Source: developers.weixin.qq.com, subscribe message, limits of the values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.errors import Permanent
from connectors.wechat.values import KEY

_NAME = re.compile(r"([a-z_]+)([0-9]{1,3})", re.ASCII)
_BLANKS = re.compile(r"\s+")
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"


@dataclass(frozen=True, slots=True)
class Field:
    """One kind: how long, which form, and whether a longer value is cut with an ellipsis or refused."""

    longest: int
    form: re.Pattern[str]
    cut: bool = False


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


_ANY = _form(r".+")
_DATE = r"([0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2})"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
_MOMENT = rf"({_DATE}( {_CLOCK})?|{_CLOCK})"
FIELDS: dict[str, Field] = {
    "thing": Field(20, _ANY, cut=True),
    "number": Field(32, _form(r"-?[0-9]+(\.[0-9]+)?")),
    "letter": Field(32, _form(r"[A-Za-z]+")),
    "symbol": Field(5, _form(r"[^A-Za-z0-9\s]+")),
    "character_string": Field(32, _form(rf"[^{_HAN}]+")),
    "time": Field(60, _form(rf"{_MOMENT}( ?~ ?{_MOMENT})?")),
    "date": Field(60, _form(rf"{_MOMENT}( ?~ ?{_MOMENT})?")),
    "amount": Field(13, _form(r"[¥￥$€£]?[0-9]{1,10}(\.[0-9]{1,2})?元?")),
    "phone_number": Field(17, _form(r"[0-9+\- ()]+")),
    "car_number": Field(8, _ANY),
    "name": Field(20, _form(rf"([{_HAN}·]{{1,10}}|[A-Za-z .\-·]{{1,20}})")),
    "phrase": Field(5, _form(rf"[{_HAN}]+")),
    "enum": Field(20, _ANY),
    "const": Field(20, _ANY),
}


def fitted(name: str, value: str) -> str:
    """`value` as the field `name` takes it: in one line, a `thing` cut. Permanent("template-refused") otherwise."""
    found = _NAME.fullmatch(name)
    field = FIELDS.get(found[1]) if found else None
    if field is None:
        raise _refused(name if found else "a field", "is of no kind that WeChat knows")
    text = _BLANKS.sub(" ", value).strip()
    if not text:
        raise _refused(name, "is empty")
    if len(text) > field.longest:
        if not field.cut:
            raise _refused(name, f"has more than {field.longest} characters")
        text = text[: field.longest - 1] + "…"
    if not field.form.fullmatch(text):
        raise _refused(name, "does not have the form of its kind")
    return text


def _refused(name: str, problem: str) -> Permanent:
    return Permanent("template-refused", f"{name} {problem}", connector=KEY, path=f"$.{name}" if name != "a field" else "$")
