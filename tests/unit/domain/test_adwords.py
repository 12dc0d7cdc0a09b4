"""Forbidden words and lengths: each rule finds its saboteurs, and leaves alone what only looks like one."""

from __future__ import annotations

import pytest

from chalicelib.domain import adwords
from chalicelib.domain.adwords import Channel, findings
from connectors.wecom import tasks


def rules(text: str, locale: str = "zh-CN", channel: Channel = "wecom") -> set[str]:
    return {found.rule for found in findings(text, locale=locale, channel=channel)}


@pytest.mark.parametrize(
    "text",
    [
        "本店最佳品质",
        "最 佳 之选",
        "最*佳之选",
        "最\u200b佳之选",
        "最高级的享受",
        "最高級的享受",
        "国家级工艺",
        "國家級工藝",
        "销量全国第一",
        "全网第一！",
        "我们是第一。",
        "第一品牌",
        "ＮＯ．１ 好茶",
        "类目TOP1",
        "唯一的选择",
        "行业唯一品牌",
        "顶级原料",
        "全网最低价",
        "史上最低",
        "最便宜的一次",
        "世界上最好的茶",
        "最受欢迎的款式",
        "全国首家",
        "销量冠军",
        "獨一無二",
        "史无前例的优惠",
        "驰名商标",
        "最大优惠",
    ],
)
def test_absolute_terms_are_found(text: str) -> None:
    (found, *_) = findings(text, locale="zh-CN", channel="wecom")
    assert found.rule == "superlative"
    assert found.excerpt
    assert rules(text, "zh-TW") == {"superlative"}
    # The law is China's; an English reader's text is not judged by it.
    assert rules(text, "en") == set()


@pytest.mark.parametrize(
    "text",
    [
        "感谢您第一次光临",
        "我们会第一时间处理",
        "第一步，打开链接；第二步，输入优惠码",
        "这是第一次合作",
        "第一，请核对地址。第二，请保持电话畅通。",
        "您的第一单",
        "最近店里添了新品",
        "优惠码最后三天有效",
        "最好提前三天预约",
        "最多可减50元",
        "每人最低消费100元",
        "最终解释以页面为准",
        "您的唯一优惠码是 A1",
        "唯一码 A1",
        "顶级域名到期提醒",
        "国家级非物质文化遗产项目",
        "订单号 TOP100",
        "最优先处理您的退款",
        "一等品",
        "首次购物",
        "首页可以看到订单",
    ],
)
def test_what_looks_like_one_is_left_alone(text: str) -> None:
    assert rules(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "五星好评返现5元",
        "好評返現",
        "好 评 返 现",
        "晒图返红包",
        "送您红包一个，麻烦给个好评",
        "给个五星评价，立领优惠券",
        "删除差评补偿20元",
        "Leave a 5-star review and get a $5 gift card",
        "We send a coupon to everybody who writes a positive review",
        "Get cash for good feedback",
        "Deja una reseña positiva y recibe un descuento",
        "Faça uma avaliação positiva e ganhe um brinde",
        "Beri bintang 5 dan dapatkan voucher",
        "รีวิว 5 ดาว รับส่วนลดทันที",
        "Đánh giá 5 sao để được hoàn tiền",
    ],
)
@pytest.mark.parametrize("locale", ["zh-CN", "en", "vi"])
def test_pay_for_praise_is_found(text: str, locale: str) -> None:
    assert "review-reward" in rules(text, locale)


@pytest.mark.parametrize(
    "text",
    [
        "感谢您的好评。送您一张优惠码：A1",
        "感谢您的好评，您的包裹今天送达",
        "欢迎留下真实评价",
        "Thank you for your good review. Here is a code for your next order.",
        "Please feel free to leave a review, good or bad",
        "Feel free to write a positive review or a critical one",
        "Ver las opiniones de otros clientes y usar tu descuento",
        "Thank you for the feedback",
    ],
)
def test_thanks_for_a_review_are_none(text: str) -> None:
    assert rules(text) == set()
    assert rules(text, "en") == set()


@pytest.mark.parametrize(
    "text", ["可以私下交易更便宜点", "绕过平台直接付款", "Order outside the platform and save", "Buy from us outside of Amazon"]
)
@pytest.mark.parametrize("channel", ["sms", "wecom", "chat"])
def test_trade_past_the_platform_is_bait_everywhere(text: str, channel: Channel) -> None:
    assert "off-platform" in rules(text, channel=channel)


@pytest.mark.parametrize(
    "text",
    [
        "加我微信 abc123",
        "加V信聊",
        "vx: shop88",
        "微信号：shop88",
        "加QQ 12345",
        "扫码进群领券",
        "致电 13800138000",
        "+44 20 7946 0000",
        "write to help@shop.example",
        "https://shop.example/",
        "see www.shop.example",
        "Contact us on WhatsApp",
        "Add me on LINE",
        "Telegram: @shop",
    ],
)
def test_another_way_to_meet_is_bait_in_a_chat_alone(text: str) -> None:
    assert rules(text, channel="chat") == {"off-platform"}
    assert rules(text, channel="wecom") == set()


@pytest.mark.parametrize(
    "text", ["您的订单 202611221234567890123 已发货", "微信支付已到账", "Just reply here", "Your text message arrived"]
)
def test_a_chat_may_speak_of_the_order(text: str) -> None:
    assert rules(text, channel="chat") == set()


@pytest.mark.parametrize(
    ("text", "locale", "segments"),
    [
        ("", "en", 1),
        ("a" * 160, "en", 1),
        ("a" * 161, "en", 2),
        ("a" * 306, "en", 2),
        ("a" * 307, "en", 3),
        ("€" * 80, "en", 1),
        ("€" * 81, "en", 2),
        ("ñ" * 160, "es", 1),
        ("á" * 70, "es", 1),
        ("á" * 71, "es", 2),
        ("茶" * 70, "zh-CN", 1),
        ("茶" * 71, "zh-CN", 2),
        ("茶" * 134, "zh-CN", 2),
        ("茶" * 135, "zh-CN", 3),
        ("a" * 71, "zh-CN", 2),
        ("🍵" * 35, "en", 1),
        ("🍵" * 36, "en", 2),
    ],
)
def test_segments(text: str, locale: str, segments: int) -> None:
    assert adwords.sms_segments(text, locale=locale) == segments


def test_length() -> None:
    # What the channel adds counts: 3 segments are 201, less 20 for it.
    assert rules("茶" * 181, channel="sms") == set()
    assert rules("茶" * 182, channel="sms") == {"length"}
    assert rules("a" * 4000) == set()
    assert rules("a" * 4001) == {"length"}
    assert rules("茶" * 1334) == {"length"}
    assert rules("茶" * 1334, channel="chat") == set()


def test_the_limit_is_the_connectors() -> None:
    assert adwords.WECOM_BYTES == tasks.LONGEST


def test_a_mail_says_how_to_stop() -> None:
    assert rules("您好", channel="email") == {"unsubscribe"}
    assert rules("退订", channel="email") == {"unsubscribe"}
    assert rules("https://shop.example/u/1", channel="email") == {"unsubscribe"}
    assert rules("退订\nhttps://shop.example/u/1", channel="email") == set()
    assert rules("取消訂閱\nhttps://shop.example/u/1", channel="email") == set()


def test_a_hit_is_told_once_with_the_words_around_it() -> None:
    (found,) = findings("一二三四五六七八九十最佳品质一二三四五六七八九十", locale="zh-CN", channel="wecom")
    assert found.excerpt == "三四五六七八九十最佳品质一二三四五六"
    assert len(findings("最佳，也是最佳，还是最佳", locale="zh-CN", channel="wecom")) == 3
