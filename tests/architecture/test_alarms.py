"""An alarm hears what is counted, says what to do about it, and is heard; the dashboard shows what is counted.

On a metric with another name or other dimensions CloudWatch finds nothing, and is silent.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.metrics_list import METRICS
from ops import dashboard

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "infra" / "resources.yaml").read_text(encoding="utf-8")
_QUERY = re.compile(r'SELECT (SUM|MAX|AVG)\("(\w+)"\) FROM SCHEMA\("Huitou"((?:, "\w+")*)\)')
_ALARM = re.compile(r"^  (\w+)Alarm:\n    Type: AWS::CloudWatch::(Alarm|CompositeAlarm)\n((?:    .*\n)+)", re.MULTILINE)
_PAGE = re.compile(r'AlarmDescription: ".* - docs/alarms\.md#([a-z]+)"')
_ACTION = "AlarmActions: [!Ref AlarmTopic]"


def silent(text: str) -> list[str]:
    """The metrics that a query asks for in vain."""
    found = []
    for how, name, dimensions in _QUERY.findall(text):
        by = tuple(sorted(re.findall(r'"(\w+)"', dimensions)))
        metric = METRICS.get(name)
        if metric is None or by not in metric.by or (metric.unit == "Count") is not (how == "SUM"):
            found.append(name)
    return sorted(found)


def undescribed(text: str, page: str) -> list[str]:
    """Alarms that name no heading of the page of alarms."""
    headings = {title.lower() for title in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    told = {name: _PAGE.search(body) for name, _, body in _ALARM.findall(text)}
    return sorted(name for name, found in told.items() if found is None or found[1] not in headings)


def unheard(text: str) -> list[str]:
    """Alarms that tell nobody: neither themselves, nor by one that stands for several."""
    found = _ALARM.findall(text)
    told_by = "".join(body for _, kind, body in found if kind == "CompositeAlarm" and _ACTION in body)
    return sorted(name for name, _, body in found if _ACTION not in body and f'ALARM("${{{name}Alarm}}")' not in told_by)


def test_every_alarm_hears_its_metric() -> None:
    assert len(_QUERY.findall(TEMPLATE)) >= 15
    assert silent(TEMPLATE) == []


def test_every_alarm_says_what_to_do_and_is_heard() -> None:
    page = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    assert len(_ALARM.findall(TEMPLATE)) >= 45
    assert undescribed(TEMPLATE, page) == []
    assert unheard(TEMPLATE) == []
    written = {heading.lower() for heading in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    alarms = {name.lower() for name, _, _ in _ALARM.findall(TEMPLATE)} | {"functionerrors"}
    assert written - alarms == set(), "headings of alarms that are no more"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"poll_failed"', '"poll_fails"'),
        ('("Huitou", "reason")', '("Huitou", "platform")'),
        ('SELECT MAX("lag_order")', 'SELECT SUM("lag_order")'),
    ],
)
def test_a_wrong_name_or_dimension_is_seen(right: str, wrong: str) -> None:
    assert right in TEMPLATE
    assert len(silent(TEMPLATE.replace(right, wrong, 1))) == 1


def test_an_alarm_without_its_page_or_its_ear_is_seen() -> None:
    page = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    assert undescribed(TEMPLATE, page.replace("### Quarantined\n", "")) == ["Quarantined"]
    assert undescribed(TEMPLATE.replace(" - docs/alarms.md#bulkage", ""), page) == ["BulkAge"]
    assert unheard(TEMPLATE.replace('ALARM("${NotAcceptedAlarm}")', "TRUE")) == ["NotAccepted"]


def test_the_dashboard_is_the_one_that_the_code_makes() -> None:
    assert dashboard.main(["--check"]) == 0
    assert dashboard.rewritten(TEMPLATE.replace("Received, by platform", "Something else")) == TEMPLATE


def test_the_dashboard_refuses_what_is_not_counted() -> None:
    with pytest.raises(KeyError):
        dashboard.ours("made_up")
    with pytest.raises(ValueError, match="not counted by"):
        dashboard.ours("received", ("reason",))
