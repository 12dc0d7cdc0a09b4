"""`huitou reviews faq`: what is asked again and again, and the answers that somebody agreed to."""

from __future__ import annotations

from typing import Annotated

import typer

from chalicelib.bootstrap import Application
from chalicelib.faq import Shop
from chalicelib.ports_cases import CaseKey
from ops.cli.output import done, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Repeated questions and their agreed answers.", no_args_is_help=True)
Account = Annotated[str, typer.Argument(help="platform/account, as `huitou accounts list` prints it")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@app.command("list")
def repeated(account: Account, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: Json = False) -> None:
    """Groups of questions that are alike, the largest first, and below them every agreed answer."""
    application = open_application(data_dir, config)
    shop, faqs = _shop(application, account), application.outreach.desk.faqs
    groups, agreed = faqs.groups(shop), faqs.agreed(shop)
    if as_json:
        print_json(
            {
                "groups": [group._asdict() for group in groups],
                "agreed": [
                    {"id": each.id, "product": each.product, "question": each.question, "answer": each.answer, "by": each.who}
                    for each in agreed
                ],
            }
        )
        return
    asked = [(len(group.ids), group.product, group.question, group.ids[0], group.answered) for group in groups]
    table(
        f"{len(groups)} questions asked repeatedly",
        [("asked", "right"), ("product", "left"), ("question", "left"), ("one of them", "left"), ("answer", "left")],
        asked,
    )
    table(
        f"{len(agreed)} agreed answers",
        [("id", "left"), ("product", "left"), ("question", "left"), ("answer", "left"), ("by", "left")],
        [(each.id, each.product or "all", each.question, each.answer, each.who) for each in agreed],
    )


@app.command()
def approve(
    key: Annotated[str, typer.Argument(help="platform/account/question_id: any question of the group")],
    answer: Annotated[str, typer.Argument(help="what whoever asks the same is answered")],
    *,
    who: Annotated[str, typer.Option("--as", help="who decides", envvar="HUITOU_USER")],
    locale: Annotated[str, typer.Option(help="the answer's language tag")] = "en",
    all_products: Annotated[bool, typer.Option("--all-products", help="it holds for all products of the shop")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Agree to an answer. What stands against saying it in public refuses it."""
    application = open_application(data_dir, config)
    account, _, question = key.rpartition("/")
    place = CaseKey(*_shop(application, account), "question", question)
    faq = application.outreach.desk.faqs.approve(place, answer, who=who, locale=locale, all_products=all_products)
    done(f"agreed as {faq.id}")


@app.command()
def remove(
    account: Account,
    faq_id: Annotated[str, typer.Argument(help="the answer's id, as `list` prints it")],
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Take an agreed answer back."""
    application = open_application(data_dir, config)
    application.outreach.desk.faqs.remove(_shop(application, account), faq_id)
    done(f"{faq_id} is agreed to no more")


def _shop(application: Application, account: str) -> Shop:
    platform, _, name = account.partition("/")
    if not platform or not name:
        raise typer.BadParameter("platform/account")
    return Shop(application.parts.config().merchant, platform, name)
