"""OAuth by a link: the address of a platform's page of consent, and the code that its owner comes back with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from chalicelib.errors import ConfigError, Rejected

_CODE = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


def page(url: str, params: Sequence[tuple[str, str]]) -> str:
    """The address of a page with these parameters; the empty ones are left out."""
    return f"{url}?{urlencode([(name, value) for name, value in params if value])}"


def code_of(answer: Mapping[str, str], *, connector: str, name: str = "code") -> str:
    """The code that the owner came back with. Rejected when they refused, or there is none."""
    code = answer.get(name, "")
    if not _CODE.fullmatch(code):
        reason = "consent-refused" if answer.get("error") else "code-missing"
        raise Rejected(reason, "the owner came back without a code", status=400, connector=connector)
    return code


def needed(options: Mapping[str, str], name: str, *, connector: str) -> str:
    """An option that the page of consent needs; ConfigError without it."""
    found = options.get(name)
    if not found:
        raise ConfigError("option-missing", f"the option {name} is needed to authorise", connector=connector)
    return found


def same_shop(configured: str | None, told: str | None, *, connector: str) -> None:
    """Refuse a consent that the owner of another shop gave: Rejected 400. What either side does not tell fits."""
    if configured and told and configured != told:
        raise Rejected("shop-mismatch", "another shop than this account's gave its consent", status=400, connector=connector)
