"""Editing the configuration's text: one account, and not a letter of the rest."""

from __future__ import annotations

import tomllib

import pytest

from chalicelib.config import parse
from chalicelib.config_edit import removed_account, with_account, with_options, without_account
from chalicelib.errors import ConfigError

TEXT = '''merchant = "demo" # whose
name = """Demo
[[accounts]]
"""
[[accounts]] # the first
platform = "shopify"
account = "one"
options = {shop = "a"}

# about two
[[ accounts ]]
account = "two"
platform = "shopify"
pull_minutes = 0
[accounts.options]
shop = "b"

[digest]
at = 08:30:00
'''


def rest(before: str, after: str) -> bool:
    """Whether all lines of the one stand in the other, in order."""
    lines = iter(after.splitlines())
    return all(line in lines for line in before.splitlines())


def test_an_account_is_put_in_whatever_its_values_hold() -> None:
    value = 'quote " backslash \\ 名\n[[accounts]]\x7f'
    found = with_account(TEXT, "generic", "erp", {"plain": value, "odd name": "x"})
    assert found.startswith(TEXT.rstrip("\n"))
    entry = parse(found).account("generic", "erp")
    assert entry is not None and entry.options == {"plain": value, "odd name": "x"}


@pytest.mark.parametrize("account", ["one", "two"])
def test_an_account_is_removed_and_the_rest_stands_as_it_was(account: str) -> None:
    other = "two" if account == "one" else "one"
    marked = removed_account(TEXT, "shopify", account)
    assert rest(TEXT, marked) and len(marked) == len(TEXT) + len("removed = true\n")
    config = parse(marked)
    assert config.account("shopify", account) is None and config.account("shopify", other) is not None
    assert config.removed == {("shopify", account): {"shop": "a" if account == "one" else "b"}}
    assert removed_account(marked, "shopify", account) == marked
    cut = without_account(marked, "shopify", account)
    assert [each["account"] for each in tomllib.loads(cut)["accounts"]] == [other]
    assert rest(cut, TEXT) and "# about two" in cut and "at = 08:30:00" in cut
    assert without_account(cut, "shopify", account) == cut


def test_options_are_added_to_an_account() -> None:
    found = with_options(TEXT, "shopify", "two", {"api": "rest"})
    entry = parse(found).account("shopify", "two")
    assert entry is not None and entry.options == {"shop": "b", "api": "rest"} and rest(TEXT, found)


@pytest.mark.parametrize(
    "text",
    [
        'merchant = "demo"\naccounts = [{platform = "shopify", account = "one"}]\n',
        'merchant = "demo"\n[["accounts"]]\nplatform = "shopify"\naccount = "one"\n',
    ],
)
def test_a_layout_of_its_own_is_left_to_a_person(text: str) -> None:
    assert parse(text).account("shopify", "one") is not None
    for edit in (removed_account, without_account):
        with pytest.raises(ConfigError, match="config-layout"):
            edit(text, "shopify", "one")
    with pytest.raises(ConfigError, match="config-layout"):
        with_options(TEXT, "shopify", "one", {"api": "rest"})  # an inline table is not edited


def test_what_else_names_a_removed_account_does_not_stop_the_rest() -> None:
    """The costs of months past name it, and stay."""
    text = TEXT + '\n[[accounts]]\nplatform = "robots"\naccount = "ops"\n'
    text = text.replace("at = 08:30:00", 'at = 08:30:00\nrobots = ["ops"]')
    config = parse(removed_account(text, "robots", "ops"))
    assert config.account("robots", "ops") is None and len(config.accounts) == 2
