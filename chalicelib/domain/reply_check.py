"""What stands against saying an answer in public. Pure; asked of templates, of drafts and of what people write.

Rules: `empty`; `hidden` (control, bidi and invisible characters, halves of characters); `length` in the platform's own unit;
`personal` (numbers, addresses); `secret` (what the case knows of this buyer: order number, name); `off-platform` (any other way to
meet); `review-reward` (something given for a review or for its change); `refund-promise` (nobody approved it); `superlative`
(China's Advertising Law, see domain.adwords); `platform-banned` and `own-banned`. It helps who writes and stops what is plain; it
is no legal advice, and no proof that a text is harmless.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from chalicelib.domain import adwords, reply_words
from chalicelib.domain.voice import SayLimits, length

Rule = Literal[
    "empty",
    "hidden",
    "length",
    "personal",
    "secret",
    "off-platform",
    "review-reward",
    "refund-promise",
    "superlative",
    "platform-banned",
    "own-banned",
]
_AROUND = 8
_KEPT_FORMATS = frozenset("\u200c\u200d")  # joiners that words and emoji need
_HAN = re.compile("[\u3400-\u9fff]")
_DAY = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])|[0-3]?\d[-./][01]?\d[-./](?:19|20)\d\d)(?!\d)"
)
# Digits as telephones have them: with blanks, hyphens, dots and brackets between.
_DIGITS = re.compile(r"\+?\d(?:[ \-.()]{0,2}\d)*")
_TOGETHER, _APART = 7, 9  # so many digits in one run, or with something between, are a number of somebody or something
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that a text breaks, and where: the words with a few around them, for whoever wrote the text and for no log."""

    rule: Rule
    excerpt: str


def objections(
    text: str,
    *,
    locale: str,
    platform: str,
    limits: SayLimits | None,
    banned: Iterable[str] = (),
    secrets: Iterable[str] = (),
) -> tuple[Objection, ...]:
    """What stands against it; empty when nothing does.

    `locale` is the language tag of its reader; `limits` what the platform allows an answer, None where it tells none; `banned` the
    merchant's own words; `secrets` what the case knows of its buyer and nobody else may read.
    """
    if not any(unicodedata.category(char)[0] in "LNS" for char in text):
        return (Objection("empty", ""),)
    hidden = [f"U+{ord(char):04X}" for char in text if _is_hidden(char)]
    if hidden:
        # What cannot be seen can hide all else, and half a character has no length.
        return (Objection("hidden", " ".join(dict.fromkeys(hidden))),)
    plain = _bare(text)
    return (
        *_length(text, limits),
        *_personal(plain),
        *_secrets(plain, secrets),
        *_advertising(text, locale),
        *_elsewhere(plain, platform),
        *(Objection("review-reward", hit) for hit in _hits(_changes(), plain)),
        *(Objection("refund-promise", hit) for hit in _hits(_compiled(reply_words.PROMISES), plain)),
        *(
            Objection("platform-banned", hit)
            for one in reply_words.BANNED
            if platform in one.platforms
            for hit in _hits(_compiled((one.pattern,)), plain)
        ),
        *(Objection("own-banned", word) for word in banned if _has_word(plain, word)),
    )


def size(text: str, limits: SayLimits) -> int:
    """How long the platform finds an answer, in its unit: where it reads markup, as it is sent."""
    return length(html.escape(text, quote=False) if limits.html else text, limits.unit)


def is_too_long(text: str, limits: SayLimits | None) -> bool:
    """Whether the platform would refuse it for its length."""
    return limits is not None and limits.longest is not None and size(text, limits) > limits.longest


def _length(text: str, limits: SayLimits | None) -> list[Objection]:
    if limits is None or limits.longest is None or not is_too_long(text, limits):
        return []
    return [Objection("length", f"{size(text, limits)} of {limits.longest} {limits.unit}")]


def _is_hidden(char: str) -> bool:
    category = unicodedata.category(char)
    return (category in ("Cc", "Cs", "Co", "Zl", "Zp") and char != "\n") or (category == "Cf" and char not in _KEPT_FORMATS)


def _bare(text: str) -> str:
    """Folded as adwords does, traditional script too, and without what dresses a digit as a key."""
    return re.sub("[\ufe0f\u20e3]", "", adwords.folded(text).translate(reply_words.SIMPLER))


def _personal(plain: str) -> list[Objection]:
    found = [Objection("personal", hit) for hit in _hits(_compiled(reply_words.PERSONAL), plain)]
    for hit in _DIGITS.finditer(_DAY.sub(lambda day: "/" * len(day[0]), plain)):
        runs = re.findall(r"\d+", hit[0])
        if max(map(len, runs)) >= _TOGETHER or (sum(map(len, runs)) >= _APART and not _are_sizes(runs)):
            found.append(Objection("personal", _excerpt(plain, hit.start(), hit.end())))
    return found


def _are_sizes(runs: list[str]) -> bool:
    """36 37 38 39 40: short numbers that rise."""
    numbers = [int(run) for run in runs]
    return max(map(len, runs)) <= 3 and min(map(len, runs)) >= 2 and numbers == sorted(set(numbers))


def _secrets(plain: str, secrets: Iterable[str]) -> list[Objection]:
    """Found whatever is put between its characters. Of a masked name what is left of it is looked for, if it is a name still."""
    letters = _squashed(plain)
    return [Objection("secret", "…") for secret in secrets if _is_told(letters, plain, _bare(secret))]


def _is_told(letters: str, plain: str, secret: str) -> bool:
    bare = _squashed(secret)
    if len(bare) < _SHORTEST or "*" in secret:
        return False
    if _HAN.search(bare) or (len(bare) >= 6 and any(char.isdigit() for char in bare)):
        return bare in letters
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", plain) is not None


def _squashed(plain: str) -> str:
    return "".join(char for char in plain if char.isalnum())


def _advertising(text: str, locale: str) -> list[Objection]:
    """What adwords says of a marketplace's chat: a public answer is stricter only. Chinese words are asked whoever reads them."""
    rules: dict[str, Rule] = {"superlative": "superlative", "review-reward": "review-reward", "off-platform": "off-platform"}
    read_as = "zh-CN" if _HAN.search(text) else locale
    found = adwords.findings(text, locale=read_as, channel="chat")
    return [Objection(rules[one.rule], one.excerpt) for one in found if one.rule in rules]


def _elsewhere(plain: str, platform: str) -> list[Objection]:
    named = tuple(pattern for pattern, at_home in reply_words.SERVICES if platform not in at_home)
    return [Objection("off-platform", hit) for hit in _hits(_compiled((*reply_words.ELSEWHERE, *named)), plain)]


def _has_word(plain: str, word: str) -> bool:
    """As a word of its own in letters that have blanks between words; anywhere in Chinese and Thai."""
    wanted = _bare(word).strip()
    if not wanted:
        return False
    before = r"(?<![a-z0-9])" if wanted[0].isascii() and wanted[0].isalnum() else ""
    after = r"(?![a-z0-9])" if wanted[-1].isascii() and wanted[-1].isalnum() else ""
    return re.search(before + re.escape(wanted) + after, plain) is not None


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _changes() -> tuple[re.Pattern[str], ...]:
    return _compiled(
        tuple(
            pattern
            for change, given, near in reply_words.CHANGES
            for pattern in (
                rf"(?:{change})[^.!?。！？\n;]{{0,{near}}}?(?:{given})",
                rf"(?:{given})[^.!?。！？\n;]{{0,{near}}}?(?:{change})",
            )
        )
    )


def _hits(patterns: tuple[re.Pattern[str], ...], plain: str) -> list[str]:
    spans = sorted({hit.span() for pattern in patterns for hit in pattern.finditer(plain)})
    return [_excerpt(plain, start, end) for start, end in spans]


def _excerpt(plain: str, start: int, end: int) -> str:
    return plain[max(0, start - _AROUND) : end + _AROUND].strip()
