"""Files of coupon codes: what is read from them, and what is refused by its line."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.domain.coupons import SHELVES, Code, Pooled, is_code
from chalicelib.errors import Rejected
from chalicelib.offers import check_known, parse_codes

DAY = date(2026, 12, 31)


def test_one_code_a_line() -> None:
    assert parse_codes("A-1\r\n\n  b-2 \n") == {1: Code("A-1"), 3: Code("b-2")}


def test_a_day_on_the_line_goes_before_the_one_for_all() -> None:
    told = parse_codes("code,expires\nA-1,2026-11-30\nB-2,\nC-3\n", DAY)
    assert told == {2: Code("A-1", date(2026, 11, 30)), 3: Code("B-2", DAY), 4: Code("C-3", DAY)}


def test_a_spreadsheets_mark_is_no_part_of_the_first_code() -> None:
    assert parse_codes("\ufeffA-1\n") == {1: Code("A-1")}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A-1\nB-2\na-1\n", "line 3: the same code as line 1"),
        ("A-1\nB 2\n", "line 2: one code"),
        ("A-1\n优惠\n", "line 2: one code"),
        ("A-1,2026-13-01\n", "line 1: its last day"),
        ("A-1,2026-11-30,x\n", "line 1: one code"),
        (",2026-11-30\n", "line 1: one code"),
        ("A" * 65, "line 1: one code"),
        ('A-1\n"B-2\nC-3\n', "line 3: a quote"),
        ('A-1\n"B-2\nC-3"\n', "line 2: one code"),
        ('"A-1"x\n', "line 1: a quote"),
        ("A" * 200_000, "line 1: a quote that is not closed, or a line that is no CSV"),
        ("\n", "no code in it"),
    ],
)
def test_a_line_that_is_refused_is_named_and_its_code_is_not(text: str, line: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse_codes(text)
    assert line in str(refused.value)
    assert "A-1" not in str(refused.value) and "B 2" not in str(refused.value)


def test_what_is_known_is_not_new_and_what_contradicts_it_is_refused() -> None:
    codes = {1: Code("A-1", DAY), 2: Code("B-2", DAY)}
    known = {"A-1": Pooled("spring", Code("A-1", DAY))}
    assert check_known("spring", codes, known) == [Code("B-2", DAY)]
    for there in (Pooled("autumn", Code("A-1", DAY)), Pooled("spring", Code("A-1")), Pooled("spring", Code("a-1", DAY))):
        with pytest.raises(Rejected, match="line 1"):
            check_known("spring", codes, {"A-1": there})


def test_a_code_is_valid_up_to_its_last_day() -> None:
    assert Code("A", DAY).is_valid(DAY) and not Code("A", DAY).is_valid(date(2027, 1, 1))
    assert Code("A").is_valid(date.max)


def test_shelves_are_all_used_and_capitals_make_no_difference() -> None:
    assert {Code(f"code-{number}").shelf for number in range(200)} == set(range(SHELVES))
    assert Code("abc").shelf == Code("ABC").shelf and Code("abc").name == Code("ABC").name


def test_what_platforms_call_a_coupon_may_be_no_code() -> None:
    assert is_code("SPRING-1") and not is_code("满100减10") and not is_code("x" * 2000) and not is_code("")
