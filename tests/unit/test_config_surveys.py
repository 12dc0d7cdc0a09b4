"""`[survey]`: defaults, bounds, and what it needs of the rest."""

from __future__ import annotations

import pytest

from chalicelib.config import parse
from chalicelib.config_surveys import SurveyTerms
from chalicelib.errors import ConfigError

HEAD = 'merchant = "demo"\n'
CAMPAIGN = '[[campaigns]]\nkey = "{key}"\nsilent_days = 30\ntemplate = "winback"\ndaily_cap = 1\n'


def test_it_is_off_until_it_is_switched_on() -> None:
    assert parse(HEAD).survey == SurveyTerms() and not SurveyTerms().enabled
    assert parse(HEAD + "[survey]\nenabled = true\n").survey == SurveyTerms(enabled=True)


def test_all_keys() -> None:
    text = "[survey]\nenabled = true\ndays_after_delivery = 7\nshare_permille = 1\npause_days = 1\ndaily_cap = 9\n"
    terms = parse(HEAD + text + 'channels = ["sms", "email"]\n[[accounts]]\nplatform = "sms"\naccount = "a"\n').survey
    assert terms == SurveyTerms(True, 7, 1, 1, ("sms", "email"), 9)
    asked = terms.campaign
    assert (asked.key, asked.channels, asked.daily_cap) == ("survey", terms.channels, 9)
    assert (asked.holdout_permille, asked.offer, asked.budget) == (0, None, None)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("days_after_delivery = 2", "survey.days_after_delivery"),
        ("days_after_delivery = 8", "survey.days_after_delivery"),
        ("share_permille = 0", "survey.share_permille"),
        ("share_permille = 1001", "survey.share_permille"),
        ("pause_days = 0", "survey.pause_days"),
        ("daily_cap = 0", "survey.daily_cap"),
        ('channels = ["pigeon"]', "survey.channels"),
        ('channels = ["sms"]', "survey.channels"),
        ("days = 4", "survey.days"),
        ('enabled = "yes"', "survey.enabled"),
    ],
)
def test_what_is_refused(line: str, path: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(f"{HEAD}[survey]\n{line}\n")
    assert refused.value.path == path


def test_its_name_is_its_own() -> None:
    assert parse(HEAD + CAMPAIGN.format(key="surveys")).campaigns
    with pytest.raises(ConfigError, match="survey"):
        parse(HEAD + CAMPAIGN.format(key="survey"))
