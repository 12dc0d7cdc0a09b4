"""A message in the words of its channel, ready to be handed over once. Used by winback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from chalicelib.channels import Recipient, SendsTasks, SendsTemplates, TextChannel
from chalicelib.config import Config
from chalicelib.contract import Account
from chalicelib.domain.campaign import SPEAKS_FOR, Campaign
from chalicelib.domain.mail import Channel, Mail, message_id_of
from chalicelib.domain.receipt import reference
from chalicelib.errors import ConfigError, Permanent
from chalicelib.handing import Place
from chalicelib.ports import Connectors, Message, Renderer
from chalicelib.reach import MAINLAND, Address, Person

Send = Callable[[], str | None]
# What the law of the numbers AWS reaches asks for; Aliyun's approved templates carry theirs.
OPT_OUT: Mapping[str, str] = {
    "en": "Reply STOP to opt out",
    "es": "Responda STOP para no recibir más",
    "pt-BR": "Responda STOP para sair",
    "id": "Balas STOP untuk berhenti",
    "th": "ตอบ STOP เพื่อยกเลิก",
    "vi": "Trả lời STOP để từ chối",
    "zh-TW": "回覆 STOP 取消訂閱",
    "zh-CN": "回复 STOP 退订",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What is to be said: the step's template in a locale and variant, and the values it is filled with."""

    template: str
    locale: str
    variant: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that says it, once, and through whom it goes."""

    send: Send
    place: Place
    permission: str | None = None  # the platform's template whose one-off permission it uses up


class Speaking:
    """Knows how each channel wants it. Nothing is sent before `Ready.send` is called."""

    def __init__(
        self, *, renderer: Renderer, channel: Channel, texts: Callable[[Account], TextChannel], connectors: Connectors
    ) -> None:
        self._renderer = renderer
        self._channel = channel
        self._texts = texts
        self._connectors = connectors

    def ready(self, config: Config, campaign: Campaign, message: Message, to: Address, words: Words) -> Ready:
        """Write it. ConfigError where the installation lacks something; Permanent("template-refused") where it cannot be said."""
        if to.channel == "email":
            return Ready(partial(self._channel.send, self._mail(config, campaign, message, to, words)), mail_place(config))
        account = self._account(config, to)
        if to.channel == "wecom":
            return self._task(account, to, words)
        if to.channel == "sms" and not to.to.startswith(MAINLAND) and "origination" in account.options:
            return self._text(account, message, to, words)
        return self._template(account, message, to, words)

    def permission_of(self, config: Config, to: Address, template: str) -> str | None:
        """The platform's template that a one-off permission is of; None where the channel needs none, or none is configured."""
        if to.channel != "wechat":
            return None
        account = config.account(SPEAKS_FOR[to.channel], to.account or "")
        return account.options.get(f"template.{template}") if account else None

    def variant(self, template: str, locale: str, draw: int) -> str:
        """One of the template's variants, by a number that is always the same for a person."""
        found = self._renderer.variants(template, locale)
        return found[draw % len(found)]

    def _mail(self, config: Config, campaign: Campaign, message: Message, to: Address, words: Words) -> Mail:
        sending = config.sending
        if sending.sender is None or sending.reply_to is None or sending.postal is None:
            raise ConfigError("sending-incomplete", "sender, reply_to and postal are required")
        return Mail(
            message_id=message_id_of(message.message_id, message.merchant, sending.sender),
            sender=sending.sender,
            recipient=to.to,
            reply_to=sending.reply_to,
            rendered=self._renderer.winback(words.values, locale=words.locale, template=words.template, variant=words.variant),
            unsubscribe_url=words.values["unsubscribe_url"],
            marketing=True,
            tags={
                "kind": message.kind,
                "campaign": campaign.key,
                "message": reference(message.owner, message.message_id),
                "merchant": message.merchant,
            },
        )

    def _line(self, words: Words) -> str:
        return self._renderer.line(words.values, locale=words.locale, template=words.template, variant=words.variant)

    def _task(self, account: Account, to: Address, words: Words) -> Ready:
        connector = self._connectors.connector(account.platform)
        if not isinstance(connector, SendsTasks) or to.employee is None:
            raise ConfigError("no-tasks", "this platform's employees get no tasks", connector=account.platform)
        line, api = self._line(words), self._connectors.api(account)
        employee = to.employee

        def send() -> str | None:
            task = connector.send_task(employee, [to.to], line, api)
            if to.to in task.failed:
                raise Permanent("recipient-refused", "the task was made without the one it is for", connector=account.platform)
            return f"{task.platform_id}:{to.to}"

        return Ready(send, Place(account.platform, account.account, task=True))

    def _text(self, account: Account, message: Message, to: Address, words: Words) -> Ready:
        sender = self._texts(account)
        values = {"text": f"{self._line(words)} {OPT_OUT.get(words.locale, OPT_OUT['en'])}"}
        sender.check_template("line", values)
        ours = reference(message.owner, message.message_id)

        def send() -> str | None:
            return sender.send_template(Recipient("phone", to.to), "line", values, ours).platform_id

        return Ready(send, Place(account.platform, account.account))

    def _template(self, account: Account, message: Message, to: Address, words: Words) -> Ready:
        connector = self._connectors.connector(account.platform)
        if not isinstance(connector, SendsTemplates):
            raise ConfigError("no-templates", "this platform sends no templates", connector=account.platform)
        template = _option(account, f"template.{words.template}")
        values = _filled(_option(account, f"values.{words.template}"), words.values, account.platform)
        fit = connector.check_template(template, values)
        recipient = Recipient("user" if to.channel == "wechat" else "phone", to.to)
        ours, api = reference(message.owner, message.message_id), self._connectors.api(account)

        def send() -> str | None:
            return connector.send_template(recipient, template, fit, ours, api).platform_id

        return Ready(send, Place(account.platform, account.account), template if to.channel == "wechat" else None)

    def _account(self, config: Config, to: Address) -> Account:
        platform = SPEAKS_FOR[to.channel]
        entry = config.account(platform, to.account or "")
        if entry is None:
            raise ConfigError("account-unknown", "the account of this channel is gone", connector=platform)
        return Account(config.merchant, platform, entry.account, entry.options)


def mail_place(config: Config) -> Place:
    """Through whom mail goes: the account whose feed tells what became of it, where there is one."""
    entry = next((entry for entry in config.accounts if entry.platform == "ses"), None)
    return Place("ses", entry.account if entry else "-")


def values_of(
    config: Config, campaign: Campaign, person: Person, *, unsubscribe_url: str, offer: str, until: str, url: str
) -> dict[str, str]:
    """The values that templates may use."""
    if config.sending.postal is None:
        raise ConfigError("sending-incomplete", "sender, reply_to and postal are required")
    given = {"offer": offer, "offer_until": until if offer else "", "shop_url": url if campaign.shop_url else ""}
    return {
        "shop_name": config.name or config.merchant,
        "buyer_name": person.name or "",
        "postal": config.sending.postal,
        "unsubscribe_url": unsubscribe_url,
        **given,
    }


def _option(account: Account, name: str) -> str:
    found = account.options.get(name)
    if not found:
        raise ConfigError("option-missing", f"the option {name} is not configured", connector=account.platform)
    return found


def _filled(places: str, values: Mapping[str, str], connector: str) -> dict[str, str]:
    """`thing1=shop_name,thing4=offer` with our values: what the platform's own template calls them."""
    found = {}
    for pair in places.split(","):
        place, _, name = (part.strip() for part in pair.partition("="))
        if not place or name not in values:
            raise ConfigError("option-malformed", "values.* lists place=name, with the names of our values", connector=connector)
        found[place] = values[name]
    return found
