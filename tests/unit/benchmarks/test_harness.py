"""Budgets, medians, percentiles and the command line. Times are never asserted: the callables here count, or say their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import __main__ as command
from benchmarks.harness import Line, Options, at_least, at_most, duel, percentile, race


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (Line("a ceiling met", 1.5, budget=at_most(1.5)), "ok"),
        (Line("a ceiling broken", 1.51, budget=at_most(1.5)), "MISSED"),
        (Line("a floor met", 0.8, budget=at_least(0.8)), "ok"),
        (Line("a floor broken", 0.79, budget=at_least(0.8)), "MISSED"),
        (Line("nothing at all where nothing is allowed", 0, budget=at_most(0)), "ok"),
        (Line("for information", 9.9), "-"),
        (Line("not measured", None, budget=at_most(1)), "skipped"),
    ],
)
def test_verdict(line: Line, verdict: str) -> None:
    assert verdict == line.verdict
    assert verdict in str(line)


def test_a_line_shows_figure_and_budget_side_by_side() -> None:
    assert "0.785 x" in str(Line("receive", 0.785, " x", at_least(0.8)))
    assert ">= 0.8" in str(Line("receive", 0.785, " x", at_least(0.8)))


def test_race_takes_the_median_of_the_rounds_ratios() -> None:
    """Not the ratio of the medians, and not the mean: one disturbed round must not show."""
    first, second = iter([1.0, 2.0, 3.0, 400.0, 5.0]), iter([1.0, 1.0, 1.0, 1.0, 50.0])

    found = race(lambda: next(first), lambda: next(second))

    assert found.ratio == 2.0
    assert found.spread == (0.1, 400.0)


def test_race_lets_both_begin() -> None:
    order: list[str] = []

    def run(name: str) -> float:
        order.append(name)
        return 1.0

    race(lambda: run("a"), lambda: run("b"), rounds=3)

    assert order == ["a", "b", "b", "a", "a", "b"]


def test_duel_takes_seconds_a_call_whatever_the_number_of_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processor time is played: the first costs 3 ms a call, the second 1 ms."""
    spent = [0.0]
    monkeypatch.setattr("time.process_time", lambda: spent[0])

    def costs(seconds: float) -> None:
        spent[0] += seconds

    found = duel(lambda: costs(0.003), lambda: costs(0.001))

    assert found.ratio == pytest.approx(3.0)
    assert found.first_seconds == pytest.approx(0.003)
    assert found.second_seconds == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.5, 50.0), (0.99, 99.0), (0.995, 100.0), (1.0, 100.0)],
)
def test_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert expected == percentile([float(value) for value in range(100, 0, -1)], share)


def test_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """The lines that the one measurement of these tests gives."""
    lines: list[Line] = []

    def measure(_: Options) -> Iterator[Line]:
        yield from lines

    monkeypatch.setattr("benchmarks.digest_mail.measure_mail", measure)
    return lines


@pytest.mark.parametrize(
    ("line", "arguments", "code"),
    [
        (Line("kept", 1, budget=at_most(1)), ["mail", "--strict"], 0),
        (Line("missed", 2, budget=at_most(1)), ["mail"], 0),
        (Line("missed", 2, budget=at_most(1)), ["mail", "--strict"], 1),
        (Line("skipped", None), ["mail"], 0),
        (Line("skipped", None), ["mail", "--strict"], 1),
    ],
)
def test_exit_code(measured: list[Line], line: Line, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    measured.append(line)

    assert code == command.main(arguments)
    assert line.verdict in capsys.readouterr().out


def test_an_unknown_name_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["speed"])

    assert ended.value.code == 2
