"""Every shipped message: template x locale x variant, with values as a shop of that language has them. All are invented."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from chalicelib.adapters import catalogue
from chalicelib.domain.wording import MESSAGE_LOCALES, MessageLocale, message_day

UNTIL = date(2026, 12, 31)
TEMPLATES = ("birthday", "first_thanks", "offer_expiring", "second_purchase", "survey", "vip", "winback", "winback_second")


class Case(NamedTuple):
    """One message."""

    template: str
    locale: MessageLocale
    variant: str

    def values(self, *, offer: bool = True, name: bool = True) -> dict[str, str]:
        """What is filled in; without an offer where the template does not need one."""
        shop, buyer, postal = _PEOPLE[self.locale]
        given = {
            "shop_name": shop,
            "postal": postal,
            "unsubscribe_url": "https://shop.example/unsubscribe/" + "t" * 60,
            "shop_url": "https://shop.example/",
        }
        if name:
            given["buyer_name"] = buyer
        if "survey_url" in catalogue.needs(self.template):
            return {**given, "survey_url": "https://hooks.shop.example/s/" + "t" * 67}
        if offer or "offer" in catalogue.needs(self.template):
            given |= {"offer": "BACK-7Q2M-X9", "offer_until": message_day(UNTIL, self.locale)}
        return given


_PEOPLE: dict[MessageLocale, tuple[str, str, str]] = {
    "zh-CN": ("青禾茶叶", "林晓", "浙江省杭州市示例路1号 青禾茶叶"),
    "zh-TW": ("青禾茶葉", "林曉", "台北市示例路1號 青禾茶葉"),
    "en": ("Qinghe Tea", "Lin", "Qinghe Tea, 1 Example Road, Hangzhou"),
    "es": ("Té Qinghe", "Lucía", "Té Qinghe, Calle Ejemplo 1, Madrid"),
    "pt-BR": ("Chá Qinghe", "João", "Chá Qinghe, Rua Exemplo 1, São Paulo"),
    "id": ("Teh Qinghe", "Budi", "Teh Qinghe, Jl. Contoh 1, Jakarta"),
    "th": ("ชาชิงเหอ", "สมชาย", "ชาชิงเหอ 1 ถนนตัวอย่าง กรุงเทพฯ"),
    "vi": ("Trà Thanh Hòa", "Ánh", "Trà Thanh Hòa, 1 Đường Ví Dụ, Hà Nội"),
}

ALL = [
    Case(template, locale, variant)
    for template in catalogue.templates()
    for locale in MESSAGE_LOCALES
    for variant in catalogue.variants(template, locale)
]
NAMES = ["-".join(case) for case in ALL]
