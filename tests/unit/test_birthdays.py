"""A file of birthdays: what is read, what is dropped, and which line is refused without being repeated."""

from __future__ import annotations

import pytest

from chalicelib.birthdays import Birthday, parse_birthdays
from chalicelib.errors import Rejected

ANN = "shopify,acme,1001,"


def read(text: str) -> dict[int, tuple[str, str | None]]:
    """Buyer and day by line."""
    return {line: (each.buyer_id, each.day) for line, each in parse_birthdays(text).items()}


def test_the_year_is_dropped_and_blank_lines_are_none() -> None:
    text = "\ufeffplatform,account,buyer_id,birthday\r\nshopify,acme,1001,1990-05-17\r\n\r\n shopify , acme , 1002 , 05-17 \r\n"
    assert read(text) == {2: ("1001", "05-17"), 4: ("1002", "05-17")}
    assert "1990" not in repr(parse_birthdays(text)) and "1001" not in repr(parse_birthdays(text))


def test_an_empty_birthday_takes_one_back() -> None:
    assert read(ANN + "\nshopify,acme,1002,12-31") == {1: ("1001", None), 2: ("1002", "12-31")}


def test_the_29th_of_february_is_a_birthday_and_in_a_common_year_no_day() -> None:
    assert read(ANN + "02-29") == read(ANN + "1992-02-29") == {1: ("1001", "02-29")}
    with pytest.raises(Rejected, match="line 1"):
        parse_birthdays(ANN + "1993-02-29")


def test_a_buyer_twice_is_one_unless_the_days_differ() -> None:
    assert read(f"{ANN}05-17\n{ANN}1990-05-17") == {1: ("1001", "05-17")}
    with pytest.raises(Rejected, match="line 2: the same buyer as line 1"):
        parse_birthdays(f"{ANN}05-17\n{ANN}05-18")


@pytest.mark.parametrize(
    "line",
    [
        *(ANN + day for day in ("13-01", "00-10", "02-30", "5-17", "17.05.1990", "1990/05/17", "0000-05-17", "٠٥-١٧", "05-17 ")),
        *("shopify,acme,1001", "shopify,acme,1001,05-17,x", ",acme,1001,05-17", "shopify,,1001,05-17"),
        *("shopify,acme,,05-17", "shopify,acme,0,05-17"),
    ],
)
def test_a_line_that_is_none_is_named_by_its_number_and_nothing_of_it_is_repeated(line: str) -> None:
    if line.endswith(" "):  # blanks around a value are none of it
        assert read(line) == {1: ("1001", "05-17")}
        return
    with pytest.raises(Rejected) as refused:
        parse_birthdays(f"shopify,acme,7,01-01\n{line}\n")
    told = str(refused.value)
    assert "line 2" in told and "1001" not in told and not any(part in told for part in line.split(",")[3:] if len(part) > 3)


def test_an_empty_file_is_refused() -> None:
    for text in ("", "platform,account,buyer_id,birthday\n", "\n\n"):
        with pytest.raises(Rejected, match="no birthday"):
            parse_birthdays(text)


def test_a_field_that_is_no_field() -> None:
    with pytest.raises(Rejected, match="no CSV"):
        parse_birthdays("x" * 200_000)


def test_nothing_of_a_birthday_shows_in_its_repr() -> None:
    assert "05" not in repr(Birthday("shopify", "acme", "1001", "05-17"))
