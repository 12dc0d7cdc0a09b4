"""The mails of six unhappy days are those that somebody has read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.adapters import digest_mail, digest_view
from chalicelib.domain import figures
from chalicelib.domain.report import Report
from tests.kit.faults import Told
from tests.unit.mail import goldens


@pytest.mark.fault(50)
@pytest.mark.parametrize("name", goldens.NAMES)
def test_the_mail_is_the_one_that_was_read(name: str) -> None:
    assert_golden(name)


def assert_golden(name: str) -> None:
    for file, text in goldens.texts(name).items():
        told = (goldens.FOLDER / file).read_text(encoding="utf-8")
        assert text == told, f"{file} is another: read it, then run python -m tests.unit.mail.goldens"


def test_no_golden_is_left_over() -> None:
    wanted = {f"{name}.{kind}" for name in goldens.NAMES for kind in ("html", "txt")}
    assert {path.name for path in goldens.FOLDER.iterdir()} == wanted


@pytest.mark.fault(50)
def test_each_of_the_five_cases_has_its_mail_in_both_languages(fault: Told) -> None:
    cases = {"empty-day", "first-day", "nothing-to-divide-by", "stale-source", "failed-chart"}
    assert {f"{case}.{locale}" for case in cases for locale in ("en", "zh-CN")} <= set(goldens.NAMES)
    assert not any("<img" in path.read_text(encoding="utf-8") for path in goldens.FOLDER.glob("failed-chart.*.html")), "no gap"
    for path in goldens.FOLDER.glob("nothing-to-divide-by.en.txt"):
        told = path.read_text(encoding="utf-8")
        assert told.count("n/a") > 20 and "∞" not in told
    fault.figure(f"{len(cases)} cases, {2 * len(cases)} golden mails")


def _zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    true = figures.Metric.value
    monkeypatch.setattr(figures.Metric, "value", lambda self, parts: true(self, parts) or 0)


def _blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    def blank(shown: Any, _draw: Any) -> Any:
        return replace(shown, cid=f"{shown.name}@charts.huitou", size=(544, 272)), None

    monkeypatch.setattr(digest_mail, "_picture", blank)


def _all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    true = digest_view.build

    def build(report: Report) -> Any:
        fresh = tuple(replace(source, state="fresh") for source in report.freshness)
        return true(replace(report, provisional=False, freshness=fresh))

    monkeypatch.setattr(digest_view, "build", build)


@pytest.mark.fault(50, saboteur=True)
@pytest.mark.parametrize(
    ("sabotage", "name"),
    [(_zeros, "nothing-to-divide-by.en"), (_blanks, "failed-chart.en"), (_all_is_well, "stale-source.en")],
)
def test_saboteur_what_is_not_known_is_shown_as_if_it_were(
    sabotage: Callable[[pytest.MonkeyPatch], None], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_golden(name)
    sabotage(monkeypatch)
    with pytest.raises(AssertionError):
        assert_golden(name)
