"""A message in the words of its channel: which account says it, which places of a platform's template our values fill."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chalicelib.config import Config, parse
from chalicelib.contract import Account
from chalicelib.domain.campaign import Campaign, Step
from chalicelib.errors import ConfigError
from chalicelib.parts import no_texts
from chalicelib.ports import Message
from chalicelib.reach import Address, _speaker
from chalicelib.speaking import Speaking, Words
from connectors import registry
from tests.functional.exactness.channels import CHINA, WORLD, config

CAMPAIGN = Campaign("back30", 30, 0, 0, 10, (Step("winback"),))
VALUES = {"shop_name": "Demo", "offer": "BACK-1", "buyer_name": ""}


class Hub:
    """Connectors, and no way to call a platform."""

    def connector(self, key: str) -> Any:
        """See the port."""
        return registry.connector(key)

    def api(self, account: Account) -> Any:
        """See the port."""
        return account


SPEAKING = Speaking(renderer=cast(Any, None), channel=cast(Any, None), texts=no_texts, connectors=cast(Any, Hub()))
MESSAGE = Message("demo", "m-1", "owner", "winback", "sms", "winback", "en", "queued", None, None, "back30", "treated")


def ready(told: str, to: Address) -> Any:
    """What is ready to be sent."""
    return SPEAKING.ready(parse(told), CAMPAIGN, MESSAGE, to, Words("winback", "en", "a", VALUES))


TO = Address("sms", CHINA, "hash", "cn")
PLACES = '"values.winback" = "shop=shop_name,code=offer"'


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        ("", "option-missing"),
        ('"values.winback" = "shop=shop_name,code=price"', "option-malformed"),
        ('"values.winback" = "shop_name"', "option-malformed"),
        ('"values.winback" = "shop=shop_name,,code=offer"', "option-malformed"),
    ],
)
def test_places_that_are_none_are_misconfiguration(instead: str, reason: str) -> None:
    told = config("sms")
    assert PLACES in told
    with pytest.raises(ConfigError) as error:
        ready(told.replace(f", {PLACES}", f", {instead}" if instead else ""), TO)
    assert error.value.reason == reason


def test_an_account_that_is_gone_is_misconfiguration() -> None:
    with pytest.raises(ConfigError, match="account-unknown"):
        ready(config("sms"), Address("sms", CHINA, "hash", "another"))


def test_only_a_subscribe_message_uses_up_a_permission() -> None:
    told = config("sms", "wechat")
    openid = Address("wechat", "oBuyer_0001", "hash", "shop")
    assert (ready(told, TO).permission, ready(told, openid).permission) == (None, "tTests00000000000000000001")
    found: Config = parse(told)
    assert SPEAKING.permission_of(found, openid, "vip") is None
    assert SPEAKING.permission_of(found, TO, "winback") is None


@pytest.mark.parametrize(
    ("channel", "number", "account"),
    [("sms", CHINA, "cn"), ("sms", WORLD, "world"), ("whatsapp", CHINA, "wa"), ("whatsapp", WORLD, "wa")],
)
def test_the_account_that_speaks_to_a_number(channel: str, number: str, account: str) -> None:
    assert _speaker(parse(config("sms")), channel, number) == account


def test_an_account_of_meta_without_a_number_does_not_speak_on_whatsapp() -> None:
    instagram = '[[accounts]]\nplatform = "meta"\naccount = "ig"\npull_minutes = 0\noptions = {ig_id = "1"}\n[sending]'
    told = config("sms").replace("[sending]", instagram)
    assert _speaker(parse(told), "whatsapp", WORLD) == "wa"
    alone = told.replace('phone_number_id = "1010"\n', "")
    assert _speaker(parse(alone), "whatsapp", WORLD) is None


def test_a_paused_account_says_nothing() -> None:
    told = config("sms").replace('account = "cn"\n', 'account = "cn"\npaused = true\n')
    assert _speaker(parse(told), "sms", CHINA) is None
