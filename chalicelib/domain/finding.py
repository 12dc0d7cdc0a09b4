"""What a check of an account found, in words for its merchant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LOCALES = ("en", "zh-CN")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `ok` None: it could not be made, or there is nothing to check; that is no fault.

    `check`: configuration, secrets, refusal, probe, api, clock. `reason`: a stable slug. `words` and `todo` by locale: what was
    found, and what to do about it ("" where there is nothing to do).
    """

    check: str
    ok: bool | None
    reason: str
    words: Mapping[str, str] = field(default_factory=dict)
    todo: Mapping[str, str] = field(default_factory=dict)

    def said(self, locale: str) -> str:
        """What was found, in a locale; English where it has none."""
        return self.words.get(locale) or self.words.get("en", "")

    def advice(self, locale: str) -> str:
        """What to do about it, likewise."""
        return self.todo.get(locale) or self.todo.get("en", "")


def sound(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing is wrong."""
    return not any(each.ok is False for each in findings)
