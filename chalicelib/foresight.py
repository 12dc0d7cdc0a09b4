"""What a campaign would do now: whom it would write to, why not to the others, and in which words. Nothing is written or sent.

Used by the command line and the console, which looks at the first so many only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.adapters import catalogue
from chalicelib.asking import Asking
from chalicelib.config import Config
from chalicelib.domain import wording
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.gate import Verdict
from chalicelib.domain.order import local_day
from chalicelib.domain.wording import Rendered
from chalicelib.drawing import Candidate
from chalicelib.errors import ConfigError
from chalicelib.pipeline.trigger import Trigger
from chalicelib.ports import Clock, Renderer

SAMPLE_CODE = "HUITOU-A1B2"
SAMPLE_DAYS = 30  # so long a sample's code is good
NOBODY = "https://example.com/unsubscribe"  # where the way out leads in a sample


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A candidate and what would become of their first message if it went now: `send`, `later` or `not`."""

    candidate: Candidate
    outcome: str
    reason: str
    channel: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A step's words in one of its variants: a mail, or the line that other channels say."""

    variant: str
    mail: Rendered | None
    line: str


class Foresight:
    """Looks ahead. `fan_out`: how many members wait for the table at once."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        trigger: Trigger,
        asking: Asking,
        renderer: Callable[[], Renderer],
        clock: Clock,
        fan_out: int = 1,
    ) -> None:
        self._config = config
        self._trigger = trigger
        self._asking = asking
        self._renderer = renderer
        self._clock = clock
        self._fan_out = fan_out

    def foresee(self, campaign: Campaign, limit: int | None = None) -> list[Foreseen]:
        """All that the next sweep looks at, or the first so many. Of those who were drawn before nothing more is asked.

        ConfigError where a step could never be said.
        """
        check(campaign, self._config().locale)
        candidates = self._trigger.preview(campaign.key, limit)
        if self._fan_out == 1 or not candidates:
            return [self._asked(campaign, each) for each in candidates]
        with ThreadPoolExecutor(self._fan_out) as pool:
            return list(pool.map(lambda each: self._asked(campaign, each), candidates))

    def _asked(self, campaign: Campaign, candidate: Candidate) -> Foreseen:
        if candidate.reason:
            return Foreseen(candidate, "not", candidate.reason, None)
        decision = self._asking.ask(self._trigger.would_send(campaign.key, candidate), as_if_on=True).decision
        outcome = {Verdict.SEND: "send", Verdict.DEFER: "later"}.get(decision.verdict, "not")
        return Foreseen(candidate, outcome, decision.reason, decision.channel)

    def samples(self, campaign: Campaign, index: int, locale: str) -> list[Sample]:
        """A step in all its variants, to nobody in particular. ConfigError where it cannot be said."""
        step, renderer, values = campaign.steps[index], self._renderer(), self._values(campaign, locale)
        found = []
        for variant in renderer.variants(step.template, locale):
            told = {"locale": locale, "template": step.template, "variant": variant}
            mail = renderer.winback(values, **told) if "email" in step.channels else None
            found.append(Sample(variant, mail, renderer.line(values, **told)))
        return found

    def _values(self, campaign: Campaign, locale: str) -> dict[str, str]:
        config = self._config()
        pooled = bool(campaign.remind_pool or (campaign.offer and campaign.offer.pool))
        code = SAMPLE_CODE if pooled else (campaign.offer.code or "" if campaign.offer else "")
        until = local_day(self._clock.now(), config.zone) + timedelta(days=SAMPLE_DAYS)
        return {
            "shop_name": config.name or config.merchant,
            "buyer_name": "",
            "postal": config.sending.postal or "—",
            "unsubscribe_url": NOBODY,
            "offer": code,
            "offer_until": wording.message_day(until, locale) if pooled else "",
            "shop_url": campaign.shop_url or "",
        }


def check(campaign: Campaign, locale: str) -> None:
    """ConfigError where a step could never be said: no such template, or one that needs what the campaign does not give."""
    given = {"offer"} if campaign.offer or campaign.remind_pool else set[str]()
    given |= {"offer_until"} if campaign.remind_pool or (campaign.offer and campaign.offer.pool) else set()
    for step in campaign.steps:
        catalogue.variants(step.template, locale)
        if lacking := sorted(catalogue.needs(step.template) - given):
            raise ConfigError("offer-missing", f"the template {step.template} needs {', '.join(lacking)}", path=campaign.key)


def by_segment(found: Iterable[Foreseen]) -> dict[str, int]:
    """How many of those who would be written to, now or later, by segment."""
    told: dict[str, int] = {}
    for each in found:
        if each.outcome != "not" and each.candidate.portrait is not None:
            segment = each.candidate.portrait.segment
            told[segment] = told.get(segment, 0) + 1
    return dict(sorted(told.items(), key=lambda entry: (-entry[1], entry[0])))
