"""Answers in public: every rule finds its saboteurs, leaves alone what only looks like one, and every limit is exact."""

from __future__ import annotations

import html

import pytest

from chalicelib.domain import adwords, reply_check, reply_words
from chalicelib.domain.reply_check import objections
from chalicelib.domain.voice import SayLimits, length
from connectors import registry

KINDS = ("review", "question")
ALL_LIMITS = [
    (key, kind, limits)
    for key in registry.KEYS
    for kind in KINDS
    if (limits := registry.connector(key).info.replies.get(kind)) is not None
]


def rules(text: str, locale: str = "en", platform: str = "shopee", **more: tuple[str, ...]) -> set[str]:
    return {found.rule for found in objections(text, locale=locale, platform=platform, limits=None, **more)}


# A character of each kind of length: one of everything, two in UTF-16, three bytes and two of GBK, four bytes and four of GB 18030.
@pytest.mark.fault(60)
@pytest.mark.parametrize("char", ["x", "好", "é", "😊", "&"])
@pytest.mark.parametrize(("key", "kind", "limits"), ALL_LIMITS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_platform_at_its_limit_and_one_over(key: str, kind: str, limits: SayLimits, char: str) -> None:
    if limits.longest is None:
        assert objections("x" + char * 20_000, locale="en", platform=key, limits=limits) == ()
        return
    unit = length(html.escape(char, quote=False) if limits.html else char, limits.unit)
    full = char * (limits.longest // unit) + "x" * (limits.longest % unit)
    assert reply_check.size(full, limits) == limits.longest
    if char == "&":  # nothing but signs is no answer
        full = "x" * unit + full[1:]
    assert objections(full, locale="en", platform=key, limits=limits) == ()
    (found,) = objections(full + "x", locale="en", platform=key, limits=limits)
    assert found == reply_check.Objection("length", f"{limits.longest + 1} of {limits.longest} {limits.unit}")
    assert reply_check.is_too_long(full + "x", limits)


def test_every_unit_is_counted_as_its_platform_does() -> None:
    text = "a好é😊"
    for unit, size in (("characters", 4), ("utf16", 5), ("bytes", 10), ("gbk_bytes", 1 + 2 + 2 + 4)):
        assert reply_check.size(text, SayLimits(None, unit=unit)) == size  # type: ignore[arg-type]
    assert reply_check.size("a<b&c", SayLimits(None, html=True)) == len("a&lt;b&amp;c")


SABOTEURS: dict[str, list[tuple[str, str]]] = {
    "empty": [("en", ""), ("en", " \n "), ("en", "..."), ("zh-CN", "。")],
    "hidden": [
        ("en", "Thank you\u202e"),
        ("zh-CN", "谢谢\u200b您"),
        ("en", "Thanks\x00"),
        ("en", "Thanks\ud800"),
        ("en", "a\u2028b"),
    ],
    "personal": [
        ("zh-CN", "请联系13800138000"),
        ("zh-CN", "请联系138-0013-8000"),
        ("zh-CN", "请联系 1 3 8 0 0 1 3 8 0 0 0"),
        ("zh-CN", "１３８００１３８０００"),
        ("zh-CN", "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣"),
        ("zh-CN", "幺三八零零幺三八零零零"),
        ("zh-CN", "座机 010-8888 6666 找我"),
        ("zh-CN", "身份证 11010519491231002X"),
        ("zh-CN", "寄回浙江省杭州市余杭区文一西路969号"),
        ("zh-CN", "您住的幸福小区3栋我们知道"),
        ("zh-TW", "寄回台北市信義區松仁路100號"),
        ("en", "Write to ada@example.com"),
        ("en", "Write to ada (at) example (dot) com"),
        ("en", "Our number is (415) 555-0132"),
        ("en", "Your order 702-1234567-7654321"),
        ("en", "Parcel 1Z999AA10123456784"),
        ("en", "Send it to 221 Baker Street"),
        ("es", "Envíalo a calle Mayor 12"),
        ("pt-BR", "Envie para Rua das Flores, 123"),
        ("pt-BR", "CPF 123.456.789-09"),
        ("id", "Kirim ke Jalan Sudirman 45"),
        ("th", "ส่งมาที่ บ้านเลขที่ 99"),
        ("th", "โทร ๐๘๑๒๓๔๕๖๗๘"),
        ("vi", "Gửi về số nhà 12 nhé"),
    ],
    "off-platform": [
        ("zh-CN", "加微信聊"),
        ("zh-CN", "加 微 信 聊"),
        ("zh-CN", "加我v"),
        ("zh-CN", "有问题联系V信"),
        ("zh-CN", "扫下方二维码"),
        ("zh-CN", "关注公众号"),
        ("zh-CN", "打客服电话说"),
        ("zh-CN", "请电话联系"),
        ("zh-CN", "QQ上说"),
        ("zh-TW", "加微信聊"),
        ("zh-TW", "關注公眾號"),
        ("en", "Call us at the shop"),
        ("en", "Please e-mail us"),
        ("en", "Find us on WhatsApp"),
        ("en", "See huitou.example.com/help or acme.com"),
        ("en", "https://acme.example"),
        ("en", "message me on Telegram"),
        ("es", "Llámanos cuando quieras"),
        ("es", "Escríbenos por WhatsApp"),
        ("pt-BR", "Fale por telefone"),
        ("id", "Hubungi kami lewat WA"),
        ("th", "แอดไลน์มาคุยกัน"),
        ("vi", "Gọi cho shop nhé"),
        ("vi", "Kết bạn Zalo nhé"),
        ("en", "pay outside of Shopee"),
    ],
    "review-reward": [
        ("zh-CN", "修改评价返现5元"),
        ("zh-CN", "送您红包，麻烦改一下评价"),
        ("zh-CN", "删除差评给您补偿"),
        ("zh-CN", "五星好评送红包"),
        ("zh-TW", "修改評價送紅包"),
        ("en", "Change your review and get a coupon"),
        ("en", "We have a gift for you if you update the rating"),
        ("en", "A 5-star review gets a free gift"),
        ("es", "Si cambias tu reseña hay un regalo"),
        ("pt-BR", "Altere a sua avaliação e ganhe um brinde"),
        ("id", "Ubah ulasan dan dapat voucher"),
        ("th", "แก้รีวิวแล้วรับส่วนลด"),
        ("vi", "Sửa đánh giá để nhận quà tặng"),
    ],
    "refund-promise": [
        ("zh-CN", "我们马上给您退款"),
        ("zh-CN", "这边给您补发一件"),
        ("zh-CN", "全额退款"),
        ("zh-TW", "我們會退還費用"),
        ("en", "We will give you a refund"),
        ("en", "We'll refund you"),
        ("en", "You will get your money back"),
        ("en", "A full refund is on its way"),
        ("en", "We are sending a free replacement"),
        ("es", "Te reembolsaremos"),
        ("es", "Vamos a devolver tu dinero"),
        ("pt-BR", "Vamos reembolsar você"),
        ("id", "Kami akan kembalikan uangmu"),
        ("th", "ทางร้านจะคืนเงินให้ค่ะ"),
        ("vi", "Shop sẽ hoàn tiền cho bạn"),
    ],
    "superlative": [("zh-CN", "我们的品质全网第一"), ("zh-TW", "本店品質全國第一"), ("en", "我们是最好的店")],
}


@pytest.mark.fault(60)
@pytest.mark.parametrize(("rule", "locale", "text"), [(rule, *one) for rule, ones in SABOTEURS.items() for one in ones])
def test_each_rule_finds_its_saboteurs(rule: str, locale: str, text: str) -> None:
    assert rule in rules(text, locale)


HARMLESS = [
    ("zh-CN", "谢谢您的认可，祝您生活愉快！"),
    ("zh-CN", "很抱歉没有做好，请在订单页联系客服，我们来处理。"),
    ("zh-CN", "如需退款，您可以在订单页申请，客服会协助核实。"),
    ("zh-CN", "我们会核实退款进度。"),
    ("zh-CN", "退款问题请在订单页查看进度。"),
    ("zh-CN", "尺码有 36 37 38 39 40 41，脚背高建议选大一码。"),
    ("zh-CN", "活动时间 2026-11-01 至 2026-11-22，营业时间 9:00-21:00。"),
    ("zh-CN", "规格 100-200 克，售价 1299.00 元。"),
    ("zh-CN", "快递员没有打电话就放下了，是我们没有交代清楚。"),
    ("zh-CN", "可以扫描防伪二维码查询。"),
    ("zh-CN", "颜色更加微妙，第一次用请少量。"),
    ("zh-CN", "我们第一时间反馈给了仓库。"),
    ("zh-CN", "会把您的评价转给品控，改进包装。"),
    ("zh-CN", "感谢您的五星好评！"),
    ("zh-TW", "謝謝您的支持，若有問題請在訂單頁聯絡客服。"),
    ("en", "Thank you for the five stars, it made our day."),
    ("en", "You can ask for a refund from your order page; we will help you there."),
    ("en", "Feel free to message us in the chat of your order."),
    ("en", "It measures 24 x 36 x 12 cm and holds 1,299 g. Sizes 36-41."),
    ("en", "Thank you for your review. We have changed how we pack."),
    ("en", "We ship from Monday to Friday. Please tell us more."),
    ("en", "The text on the label was changed in 2024, so both are right."),
    ("es", "Gracias por tu reseña. Puedes pedir la devolución desde tu compra."),
    ("pt-BR", "Obrigado pela avaliação. Anote a nota fiscal, ela ajuda na garantia."),
    ("id", "Terima kasih atas ulasannya. Tulis lewat chat pesanan, ya."),
    ("th", "ขอบคุณสำหรับรีวิวค่ะ ทักแชทคำสั่งซื้อได้เลยนะคะ"),
    ("vi", "Cảm ơn bạn đã đánh giá. Bạn nhắn qua chat đơn hàng nhé."),
    ("en", "❤️ 🙏"),
    ("en", "Thank you\nand see you soon 👨‍👩‍👧"),
]


@pytest.mark.parametrize(("locale", "text"), HARMLESS)
@pytest.mark.parametrize("platform", ["shopee", "ebay", "taobao", "mercadolibre", "wechat"])
def test_what_only_looks_like_one_is_left_alone(locale: str, text: str, platform: str) -> None:
    assert (
        objections(text, locale=locale, platform=platform, limits=None, banned=("rest", "最")[:1], secrets=("702-5555555",)) == ()
    )


def test_what_the_case_knows_is_not_told() -> None:
    secrets = ("SO-2024-778", "Ada", "王小明", "张**", "a", "")
    assert "secret" in rules("Your order so2024778 is here", secrets=secrets)
    assert "secret" in rules("Your order SO 2024 778 is here", secrets=secrets)
    assert "secret" in rules("Dear ADA, thanks", secrets=secrets)
    assert "secret" in rules("谢谢王 小 明", secrets=secrets)
    assert rules("Adagio and a thank you", secrets=secrets) == set()
    assert rules("谢谢小张", secrets=secrets) == set()
    (found,) = objections("Dear Ada", locale="en", platform="shopee", limits=None, secrets=secrets)
    assert found.excerpt == "…"


def test_the_merchants_own_words() -> None:
    banned = ("cheap", "便宜", " ", "C++")
    assert "own-banned" in rules("A CHEAP thing", banned=banned)
    assert "own-banned" in rules("很便 宜", banned=banned)
    assert "own-banned" in rules("很便宜", "zh-CN", banned=banned)
    assert rules("A cheaper thing", banned=banned) == set()


BANNED_EXAMPLES = (
    "eBay will investigate this",
    "you deserve negative feedback",
    "God bless our president",
    "You are an idiot",
    "Dasar goblok",
    "Usted es un estúpido",
    "Este comprador es un estafador",
    "compra sin pagar comisión",
    "您就是恶意差评",
)


@pytest.mark.parametrize(("row", "text"), list(zip(reply_words.BANNED, BANNED_EXAMPLES, strict=True)))
def test_each_platforms_own_rules_hold_there_and_nowhere_else(row: reply_words.Banned, text: str) -> None:
    assert row.source
    assert row.platforms <= set(registry.KEYS)
    for platform in registry.KEYS:
        found = "platform-banned" in rules(text, platform=platform)
        assert found or platform not in row.platforms
    assert "platform-banned" not in rules(text, platform="woocommerce")


def test_a_platforms_own_name_is_no_way_out_of_it() -> None:
    assert rules("请在微信小店的订单里联系客服", "zh-CN", "wechat") == set()
    assert rules("请在微信小店的订单里联系客服", "zh-CN", "taobao") == {"off-platform"}
    assert "off-platform" in rules("加微信聊", "zh-CN", "wechat")
    assert rules("Write to us on Messenger", "en", "meta") == set()


@pytest.mark.fault(60, saboteur=True)
def test_a_check_without_one_of_its_guards_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each table and each step matters: without it some saboteur above passes."""
    for rule, table in (
        ("refund-promise", "PROMISES"),
        ("off-platform", "ELSEWHERE"),
        ("personal", "PERSONAL"),
        ("review-reward", "CHANGES"),
    ):
        with monkeypatch.context() as without:
            without.setattr(reply_words, table, ())
            assert any(rule not in rules(text, locale) for locale, text in SABOTEURS[rule]), table
    with monkeypatch.context() as without:
        without.setattr(reply_words, "SERVICES", ())
        assert rules("QQ上说", "zh-CN") == set()
    with monkeypatch.context() as without:
        without.setattr(reply_check, "_is_hidden", lambda char: False)
        assert rules("谢谢\u200b您", "zh-CN") == set()
    with monkeypatch.context() as without:
        without.setattr(reply_check, "_advertising", lambda text, locale: [])
        assert all(rules(text, locale) == set() for locale, text in SABOTEURS["superlative"])
    with monkeypatch.context() as without:
        without.setattr(adwords, "folded", str.casefold)
        assert rules("１３８００１３８０００", "zh-CN") == {"personal"}  # \d knows full width; circled digits need folding
        assert "personal" not in rules("①③⑧⓪⓪①③⑧⓪⓪⓪", "zh-CN")


@pytest.mark.parametrize(
    "pattern", [pattern for table in (reply_words.PERSONAL, reply_words.ELSEWHERE, reply_words.PROMISES) for pattern in table]
)
def test_no_pattern_is_idle(pattern: str) -> None:
    """Every line of a table is the reason for finding something above, and takes no time on a long text that almost fits."""
    (compiled,) = reply_check._compiled((pattern,))
    everything = [text for ones in SABOTEURS.values() for _, text in ones]
    assert any(compiled.search(reply_check._bare(text)) for text in everything)
