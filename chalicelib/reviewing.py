"""From a review or question in the table to its case: understood, planned, drafted. Used by trigger's function and by ops.

A case is of one telling of its record. The same telling again changes nothing; another one voids what was agreed to, unless it only
tells what we know: that it was answered. Everything follows from what is stored, so that any repetition ends in the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.config import Config
from chalicelib.domain.answer_policy import Plan, Rules, Said, Understood, plan
from chalicelib.domain.case import Case, next_due
from chalicelib.domain.sla import begins, timed
from chalicelib.domain.voice import SayLimits
from chalicelib.domain.wording import message_locale
from chalicelib.errors import Retriable
from chalicelib.faq import Suggested
from chalicelib.ports import Clock, Connectors, Counters, RecordKey
from chalicelib.ports_cases import Answered, CaseKey, CaseStore, Meaning, ReplyWriter, UnderstandsReviews
from chalicelib.tellings import Tellings, Told

TRIES = 8
KINDS = ("review", "question")
_SCRIPTS = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "en": "en"}


class Reviewing:
    """Keeps cases in step with their records."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        tellings: Tellings,
        cases: CaseStore,
        connectors: Connectors,
        understand: UnderstandsReviews,
        writer: ReplyWriter,
        suggest: Callable[[Told, SayLimits | None], Suggested | None],
        queue: Callable[[CaseKey, Case], None],
        seen: Callable[[CaseKey, Case], None],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._tellings = tellings
        self._cases = cases
        self._connectors = connectors
        self._understand = understand
        self._writer = writer
        self._suggest = suggest
        self._queue = queue
        self._seen = seen
        self._clock = clock
        self._counters = counters

    def on_record(self, key: RecordKey) -> Case | None:
        """Bring the case of a record up to date; None where answering is switched off or the record is gone."""
        config = self._config()
        if key.kind not in KINDS or not config.reviews.enabled:
            return None
        place = CaseKey(key.merchant, key.platform, key.account, "question" if key.kind == "question" else "review", key.id)
        for _ in range(TRIES):
            told = self._tellings.told(place)
            if told is None:
                return None
            stored, version = self._cases.read(place)
            if stored is not None and stored.telling == told.telling:
                self._follow(place, stored)
                return stored
            fresh = self._case(config, told, stored)
            if self._cases.write(place, fresh, due_at=next_due(fresh), expected_version=version):
                self._counters.count(f"case_{fresh.state}", platform=key.platform, band=fresh.band)
                self._follow(place, fresh)
                return fresh
        raise Retriable("case-contended", f"{TRIES} writers were faster")

    def _follow(self, place: CaseKey, case: Case) -> None:
        """What comes of a case: rows for storms, its answer in the outbox. Again is the same, so that a crash before it heals."""
        self._seen(place, case)
        if case.state == "queued":
            self._queue(place, case)

    def _case(self, config: Config, told: Told, before: Case | None) -> Case:
        terms, plain = config.reviews, told.plain
        locale = str(plain.get("locale") or "") or None
        stars = plain.get("rating")
        meaning = self._read(told, locale)
        decided = self._plan(config, told, meaning)
        if before is not None and before.answered_at is not None and decided.state not in ("answered", "closed"):
            # Nobody answers twice in public. What was edited into a bad review is a task; the rest stays answered.
            decided = Plan("waiting" if decided.band == "negative" else "answered", decided.band, reason="answered_before")
        at = _moment(plain.get("created_at"))
        language = message_locale(_SCRIPTS.get(meaning.script) or locale or config.locale)
        case = Case(
            kind=told.key.kind,
            telling=told.telling,
            state=decided.state,
            band=decided.band,
            sentiment=meaning.sentiment,
            topics=tuple(meaning.topics),
            severity=meaning.severity,
            unsure=meaning.unsure,
            stars=stars,
            locale=language,
            told_at=at,
            noted_at=before.noted_at if before else self._clock.now(),
            needs=decided.needs,
            reason=decided.reason,
            owner=terms.owner,
            done=before.done if before else (),
            marked=before.marked if before else (),
            answered_at=before.answered_at if before else None,
            order=plain.get("order_id"),
            product=plain.get("product_id"),
        )
        if before is not None and before.answered_at is not None:
            case = _as_said(case, before)
        edited = self._edited_at(case, _moment(plain.get("updated_at")))
        first, solve = terms.first_answer_hours, terms.solve_hours
        return self._drafted(config, timed(case, before, edited, terms.opening, first_hours=first, solve_hours=solve), told)

    def _read(self, told: Told, locale: str | None) -> Meaning:
        return self._understand(
            told.text,
            locale=locale,
            rating=told.plain.get("rating"),
            platform_default=bool(told.plain.get("platform_default", False)),
            names=(*told.names, told.nickname),
            alone=_is_settled(told),  # whatever it says, a person looks at it, or nobody has to
        )

    def _edited_at(self, case: Case, told: datetime | None) -> datetime:
        """When the review came to say what it says: by the platform, where that can be; else now."""
        now = self._clock.now()
        return told if told is not None and begins(case) < told <= now else now

    def _plan(self, config: Config, told: Told, meaning: Meaning) -> Plan:
        terms, plain = config.reviews, told.plain
        info = self._connectors.connector(told.key.platform).info
        said = Said(
            question=told.key.kind == "question",
            stars=plain.get("rating"),
            has_text=bool(told.text),
            platform_default=bool(plain.get("platform_default", False)),
            deleted=bool(plain.get("deleted", False)),
            answered=told.is_answered,
            answerable=told.key.kind in info.replies,
        )
        understood = Understood(meaning.sentiment, meaning.severity, meaning.unsure)
        return plan(said, understood, Rules(terms.auto_positive, terms.defaults, terms.four_eyes_stars))

    def _drafted(self, config: Config, case: Case, told: Told) -> Case:
        """With words, where there are to be some. Without a fitting answer a person writes it, whatever was planned."""
        if case.state not in ("drafted", "queued"):
            return case
        limits = self._connectors.connector(told.key.platform).info.replies.get(case.kind)
        known = self._suggest(told, limits) if case.kind == "question" else None
        if known is not None:
            at_once = known.identical and config.reviews.faq_auto and case.severity != "high"
            agreed = {"state": "queued", "needs": 0} if at_once else {}
            return msgspec.structs.replace(case, draft=known.written.text, template=known.written.template, **agreed)
        about = Answered(case.kind, told.key.platform, case.locale, case.band, case.topics, case.stars, case.severity)
        shop = config.name or config.merchant
        written = self._writer.write(about, shop_name=shop, limits=limits, draw=_draw(told.key))
        if written is None:
            return msgspec.structs.replace(case, state="drafted", needs=max(case.needs, 1))
        return msgspec.structs.replace(case, draft=written.text, template=written.template)


def _is_settled(told: Told) -> bool:
    """Whether no reading changes what becomes of it."""
    return told.key.kind == "question" or bool(told.plain.get("deleted", False)) or told.is_answered


def _as_said(case: Case, before: Case) -> Case:
    """With what we said, and who agreed to it, whatever the review says by now."""
    reason = None if case.reason == "answered_elsewhere" else case.reason
    return msgspec.structs.replace(
        case, reason=reason, draft=before.draft, template=before.template, drafted_by=before.drafted_by, approvals=before.approvals
    )


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None


def _draw(place: CaseKey) -> int:
    """A number that is always the same for a review: which of the varied answers it gets."""
    return int.from_bytes(hashlib.sha256("\x1f".join(place).encode()).digest()[:4], "big")
