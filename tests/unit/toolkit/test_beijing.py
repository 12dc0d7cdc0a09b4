"""Local times of China, and signatures made of a message between two secrets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.toolkit.beijing import instant, moment, wall
from chalicelib.toolkit.loose import Odd
from chalicelib.toolkit.signing import md5_wrapped, names_and_values


def test_a_local_time_is_eight_hours_ahead() -> None:
    """Midnight in Beijing is 16:00 of the day before in UTC, and back."""
    assert instant("2026-11-11 00:00:01") == datetime(2026, 11, 10, 16, 0, 1, tzinfo=UTC)
    assert wall(datetime(2026, 11, 10, 16, 0, 1, tzinfo=UTC)) == "2026-11-11 00:00:01"


@pytest.mark.parametrize("text", [None, "", "0001-01-01 00:00:00", "0000-00-00 00:00:00", "1970-01-01 08:00:00"])
def test_a_time_that_has_not_come_is_none(text: str | None) -> None:
    """However the platform writes it."""
    assert instant(text) is None


@pytest.mark.parametrize(
    "text", ["2026-11-11", "yesterday", "2026-11-11 00:00:01+09:00", "1980-01-01 00:00:00", "2026-13-01 00:00:00"]
)
def test_what_is_no_local_time_is_refused(text: str) -> None:
    """A time with an offset, without a time of day, or of another age is no local time."""
    with pytest.raises(ValueError, match="local time"):
        instant(text)
    with pytest.raises(Odd) as refused:
        moment(text, "created")
    assert refused.value.name == "created"


def test_a_wrapped_signature_has_the_official_values() -> None:
    """The published examples of JD and Pinduoduo."""
    jd = {
        "v": "2.0",
        "timestamp": "2021-05-07 09:20:39.683+0800",
        "method": "jingdong.pop.order.search",
        "app_key": "yourappkey",
        "access_token": "yourtoken",
        "360buy_param_json": '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT","page":"1","page_size":"200","start_date":null}',  # noqa: E501
        "sign": "left out",
    }
    assert md5_wrapped("yourappSecret", names_and_values(jd.items())) == "D70825340F4084360B9362B60DFD7930"
    pinduoduo = {
        "type": "pdd.order.number.list.get",
        "client_id": "1",
        "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211",
        "timestamp": "1480411125",
        "data_type": "XML",
        "order_status": "1",
        "page": "1",
        "page_size": "10",
    }
    assert md5_wrapped("testSecret", names_and_values(pinduoduo.items())) == "E4DE3ED21002510DED352819E7AE6775"
