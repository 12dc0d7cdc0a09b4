"""`[survey]` of `huitou.toml`: who is asked how likely they are to recommend the shop, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chalicelib.config_table import ConfigTable
from chalicelib.domain.campaign import CHANNELS, SPEAKS_FOR, Campaign, Step
from chalicelib.errors import ConfigError

SURVEY = "survey"  # the kind of its messages, their campaign and their template
LATEST_DAYS = 7  # after that many days nobody remembers how the parcel came


@dataclass(frozen=True, slots=True)
class SurveyTerms:
    """How people are asked.

    `days_after_delivery`: found late, up to LATEST_DAYS. `share_permille`: of all people, always the same ones. `pause_days`:
    nobody is asked twice within. `channels` in order of preference. `daily_cap`: sends a day (UTC).
    """

    enabled: bool = False
    days_after_delivery: int = 4
    share_permille: int = 1000
    pause_days: int = 90
    channels: tuple[str, ...] = ("email",)
    daily_cap: int = 500

    @property
    def campaign(self) -> Campaign:
        """What the gate is asked about: a campaign of one step, without offer, budget or holdout."""
        return Campaign(
            key=SURVEY,
            silent_days=0,
            window_days=0,
            holdout_permille=0,
            daily_cap=self.daily_cap,
            steps=(Step(SURVEY, self.channels),),
            enabled=self.enabled,
        )


def survey_terms_of(table: ConfigTable) -> SurveyTerms:
    """Read the table."""
    terms = SurveyTerms(
        enabled=table.flag("enabled", default=False),
        days_after_delivery=table.number("days_after_delivery", 4, 3, LATEST_DAYS),
        share_permille=table.number("share_permille", 1000, 1, 1000),
        pause_days=table.number("pause_days", 90, 1, 3650),
        channels=table.texts("channels", CHANNELS) or ("email",),
        daily_cap=table.number("daily_cap", 500, 1, 10_000_000),
    )
    table.done()
    return terms


def check_survey(terms: SurveyTerms, platforms: Collection[str], campaigns: Collection[str]) -> None:
    """What it needs of the rest of the configuration: an account for each channel, and its name for itself."""
    for channel in terms.channels:
        if SPEAKS_FOR.get(channel, channel) not in {"email", *platforms}:
            problem = f"channel {channel} needs an account of the platform {SPEAKS_FOR[channel]}"
            raise ConfigError("config-invalid", problem, path="survey.channels")
    if SURVEY in campaigns:  # both would be counted as one
        raise ConfigError("config-invalid", f"no campaign can be called {SURVEY}", path="campaigns")
