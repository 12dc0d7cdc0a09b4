"""Survey: the page behind a survey's link. Looking records nothing; a POST records one answer for each message.

Programs that look through mails follow links, and some fetch every one of them: only a form that is sent off counts. Whoever holds
the link may answer, and see nothing of what was answered before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.config import Config
from chalicelib.domain.nps import score_of
from chalicelib.domain.order import local_day
from chalicelib.domain.wording import clean
from chalicelib.errors import Permanent, Rejected, Retriable
from chalicelib.links import Links
from chalicelib.ports import Clock, Counters, Message, Outbox, Vault
from chalicelib.ports_surveys import Answer, AnswerStore
from chalicelib.toolkit.forms import parse_form

OPEN_DAYS = timedelta(days=30)  # so long after it was sent a survey takes its first answer
CHANGE_DAYS = timedelta(days=7)  # and so long after that another in its place
MOST_WORDS = 2_000
MOST_BYTES = 64 * 1024  # of a form: ours is no longer, however its letters are written
TRIES = 8


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows: in which language, of which shop, and whether an answer is taken still."""

    locale: str
    shop: str
    is_open: bool


class Survey:
    """The step."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        outbox: Outbox,
        answers: AnswerStore,
        vault: Vault,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._answers = answers
        self._vault = vault
        self._links = Links(vault, "survey")
        self._clock = clock
        self._counters = counters

    def url(self, owner: str, message_id: str) -> str:
        """The link of one survey; `?score=7` behind it marks that score on the page."""
        config = self._config()
        return f"{config.base_url}/s/{self._links.token(config.merchant, owner, message_id)}"

    def look(self, token: str) -> Sheet:
        """What the link shows; nothing is written. Rejected 404 on a token that `url` did not make, or of a survey that is gone."""
        config = self._config()
        message = self._message(config, token)
        return self._sheet(config, message, self._answers.read(config.merchant, message.owner, message.message_id))

    def take(self, token: str, body: bytes) -> tuple[Sheet, bool]:
        """Record what the form says; False where it names no score, or the survey is over: nothing is recorded then.

        Rejected 404 as `look`, 413 for what is no form of ours; Retriable where it cannot be kept.
        """
        config = self._config()
        message = self._message(config, token)
        if len(body) > MOST_BYTES:
            raise Rejected("form-too-large", "longer than any answer", status=413)
        score, words = _said(body)
        for _ in range(TRIES):
            before = self._answers.read(config.merchant, message.owner, message.message_id)
            sheet = self._sheet(config, message, before)
            if score is None or not sheet.is_open:
                return sheet, False
            if self._answers.put(config.merchant, self._answer(config, message, before, score, words)):
                self._counters.count("survey_answered", again=str(before is not None).lower())
                return sheet, True
        raise Retriable("answer-contended", f"{TRIES} writers were faster")

    def _message(self, config: Config, token: str) -> Message:
        owner, message_id = self._links.named(config.merchant, token)
        message = self._outbox.read(config.merchant, owner, message_id)
        if message is None or message.kind != "survey" or message.sent_at is None:
            raise Rejected("link-gone", "no such survey went out", status=404)
        return message

    def _sheet(self, config: Config, message: Message, before: Answer | None) -> Sheet:
        until = before.first_at + CHANGE_DAYS if before else (message.sent_at or self._clock.now()) + OPEN_DAYS
        return Sheet(message.locale, config.name or config.merchant, self._clock.now() < until)

    def _answer(self, config: Config, message: Message, before: Answer | None, score: int, words: str) -> Answer:
        now, subject = self._clock.now(), message.values["subject"]
        return Answer(
            owner=message.owner,
            message_id=message.message_id,
            score=score,
            first_at=before.first_at if before else now,
            at=now,
            day=before.day if before else local_day(now, config.zone),
            order=message.values["order"],
            subject=subject,
            words=self._sealed(config.merchant, subject, words),
            version=before.version + 1 if before else 1,
        )

    def _sealed(self, merchant: str, subject: str, words: str) -> bytes | None:
        """Of who is erased the score alone is kept."""
        try:
            return self._vault.seal(merchant, subject, words.encode()) if words else None
        except Permanent:
            return None


def _said(body: bytes) -> tuple[int | None, str]:
    """The score and free text of a form; no score where it is none of ours."""
    try:
        told = dict(parse_form(body, connector="survey"))
    except Permanent:
        return None, ""
    return score_of(told.get("score", "")), clean(told.get("words", ""))[:MOST_WORDS].strip()
