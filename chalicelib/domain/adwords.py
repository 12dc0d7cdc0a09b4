"""What a message to a buyer may not say, and how long it may be. Pure; for templates and for texts a merchant writes.

Rules, each with what it follows:

- `superlative`: absolute terms. Advertising Law of China, Article 9 (3): no 国家级, 最高级, 最佳 and the like; what is "the like"
  follows the guide to enforcement of the market regulator (2023, No. 6), which also says what is none: an order in time (第一次),
  a rule of use, a fact that can be proved. Asked in Chinese only, simplified or traditional. A list of our own: 最好的 said of
  no goods is found too, and a claim in other words is not. It helps who writes; it is no legal advice.
- `review-reward`: money, gifts or coupons for a good review. Forbidden by China's Anti-Unfair Competition Law, Article 8, by
  every marketplace, and by consumer law from the EU to Brazil.
- `off-platform`: leading a buyer past the marketplace. To trade past it is bait on any channel; an address, number or link is
  on a marketplace's own chat alone (channel `chat`).
- `length`: `sms` by segments, `wecom` by bytes of UTF-8.
- `unsubscribe`: a mail without a way to stop it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Channel = Literal["email", "sms", "wecom", "chat"]

SEGMENTS = 3  # a text message beyond costs more than it brings, and some carriers cut it
WECOM_BYTES = 4_000  # a text of a group-send task [docs 92135]
_SMS_RESERVE = 20  # what the channel adds: the sender's 【signature】 and how to stop
_AROUND = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a text breaks, and where: the words with a few around them."""

    rule: Literal["superlative", "review-reward", "off-platform", "length", "unsubscribe"]
    excerpt: str


def findings(text: str, *, locale: str, channel: Channel) -> tuple[Finding, ...]:
    """What stands against sending `text` on `channel`; empty when nothing does.

    `locale` is the language tag of its reader. A mail is judged by its plain text, subject included where there is one.
    """
    plain = folded(text)
    found = [Finding("review-reward", hit) for hit in _hits(_REWARDS, plain)]
    found += [Finding("off-platform", hit) for hit in _hits(_PAST_PLATFORM, plain)]
    if _is_chinese(locale):
        found += [Finding("superlative", hit) for hit in _hits(_SUPERLATIVES, plain)]
    if channel == "chat":
        found += [Finding("off-platform", hit) for hit in _hits(_CONTACTS, plain)]
    if channel == "email" and not _UNSUBSCRIBE.search(plain):
        found.append(Finding("unsubscribe", ""))
    if channel == "sms" and sms_segments(text + " " * _SMS_RESERVE, locale=locale) > SEGMENTS:
        found.append(Finding("length", f"{sms_segments(text, locale=locale)} segments"))
    if channel == "wecom" and (size := len(text.encode())) > WECOM_BYTES:
        found.append(Finding("length", f"{size} bytes"))
    return tuple(found)


# The alphabet of GSM 03.38; what is in the second line takes two places.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


def sms_segments(text: str, *, locale: str = "en") -> int:
    """How many text messages are charged: 160 characters of GSM-7 in one, 153 in each of several; else 70 and 67 of UCS-2.

    China's carriers count 70 and 67 whatever the characters.
    """
    if not _is_chinese(locale) and all(char in _GSM or char in _GSM_TWICE for char in text):
        return _parts(sum(2 if char in _GSM_TWICE else 1 for char in text), 160, 153)
    return _parts(len(text.encode("utf-16-be")) // 2, 70, 67)


def _parts(length: int, one: int, each: int) -> int:
    return 1 if length <= one else -(-length // each)


def _is_chinese(locale: str) -> bool:
    return locale.lower().replace("_", "-").split("-")[0] == "zh"


# Traditional characters of the words below, so that every word stands here once.
_SIMPLIFIED = str.maketrans(
    "級國優銷質選網獨頂極價實劃歡權專業強進時鋪絕無極傑領袖馳標檢評獎禮紅現給贈領減錢單張圖評論發轉賬繞開過線臺號掃碼門徑聯繫電話後東兌換鏈訂閱",
    "级国优销质选网独顶极价实划欢权专业强进时铺绝无极杰领袖驰标检评奖礼红现给赠领减钱单张图评论发转账绕开过线台号扫码门径联系电话后东兑换链订阅",
)
# What is put between two characters so that nobody finds the word.
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff])[ \t*·•._~\-|/]+(?=[\u4e00-\u9fff])")


def folded(text: str) -> str:
    """Folded for looking up: full width and circled forms, invisible characters, traditional script, case."""
    kept = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return _BETWEEN.sub("", kept.translate(_SIMPLIFIED)).casefold()


def _hits(patterns: tuple[re.Pattern[str], ...], plain: str) -> list[str]:
    found: dict[tuple[int, int], str] = {}
    for pattern in patterns:
        for hit in pattern.finditer(plain):
            start, end = hit.span()
            found.setdefault((start, end), plain[max(0, start - _AROUND) : end + _AROUND].strip())
    return [found[span] for span in sorted(found)]


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


_SUPERLATIVES = _compiled(
    # 最近, 最后, 最多, 最低消费 and 最好提前 are plain speech.
    r"最(?:佳|优(?!先)|高(?:级|端|档|品质|标准)|低(?:价|折扣)|便宜|实惠|划算|超值|省钱|先进|科学|权威|专业|安全|强|顶级|受欢迎"
    r"|畅销|热销|流行|火爆|时尚|尖端|奢华|正宗|大(?:优惠|力度|折扣|规模|品牌)|新(?:科技|技术)|好(?:的|用|吃|喝|看|卖))",
    r"(?:全网|全国|历史|史上|全年|同类|行业)(?:内|中)?(?:最|至)(?:低|高|大|强|好|优)",
    r"全网(?:底价|独家)",
    # 第一次, 第一时间, 第一步 and an enumeration are an order, no claim.
    r"(?:全[国网球城]|世界|天下|中国|亚洲|行业|类目|销量|销售额?|排名|口碑|品质|质量|人气|同类|市场|业界)[^\w]{0,2}第一(?!次|时间|步|批|天)",
    r"第一(?:品牌|名牌|大品牌|大店|选择|销量|口碑|好)",
    r"(?:是|为|争|做|当)第一(?!次|时间|步|批|天|年|个|位|件|单|眼|步|手)",
    r"(?<![a-z])(?:no\.?|top)\s?1(?!\d)",
    # A code or number that nobody else has is a fact.
    r"唯一(?!的?(?:优惠|兑换|券|识别|验证)?(?:码|编号|编码|标识|身份|id|凭证|链接|性))",
    # A cultural heritage of that rank is a title given by law.
    r"(?:国家|世界|宇宙|全球)级(?!非物质|非遗|文物|自然保护区|风景)",
    r"顶级(?!域名)|顶尖|极品|极致体验",
    r"(?:全国|全球|世界|行业|国内)首(?:家|个|创|款|选)",
    r"(?:销量|销售|行业|品类)冠军|销冠|领袖品牌|领导品牌|领军品牌",
    r"独一无二|绝无仅有|史无前例|前无古人|无与伦比|空前绝后",
    r"国家免检|驰名商标|(?:国宴|人民大会堂|机关|军队|领导人)(?:专供|特供)",
)

# A good review and what is given for it, in one sentence, whichever comes first.
_REWARD_WORDS = (
    (
        r"好评|五星评价|5星评价|满分评价|五星好评",
        r"返(?!回|厂|修)|送(?!货|达|到|出|来)|领(?!先|导|域)|红包|现金|奖|礼(?!貌|仪)|免单|优惠[券码]|\d+元|补贴",
        10,
    ),
    (
        r"(?:5|five)[- ]?stars?|(?:good|great|nice|positive|favou?rable)\s(?:reviews?|ratings?|feedback)",
        r"cash|refund|rebate|gifts?\b|(?<!feel )free\b|coupon|discount|voucher|reward|paypal|money|\$\d",
        70,
    ),
    (r"5 estrellas|cinco estrellas|(?:reseña|opinión|valoración) positiva", r"regal|reembols|descuento|cup[oó]n|dinero|gratis", 70),
    (r"5 estrelas|cinco estrelas|avaliaç(?:ão|ões) positivas?", r"brinde|reembols|desconto|cupom|dinheiro|gr[aá]tis|presente", 70),
    (r"bintang (?:5|lima)|ulasan (?:positif|bagus|baik)", r"hadiah|cashback|voucher|diskon|uang|gratis|bonus", 70),
    (r"รีวิว\s?(?:ดี|5\s?ดาว|ห้าดาว)|(?:5|ห้า)\s?ดาว", r"เงินคืน|ของแถม|แถม|ส่วนลด|ของขวัญ|ฟรี|คูปอง", 50),
    (r"(?:5|năm) sao|đánh giá tốt", r"hoàn tiền|tặng|quà|voucher|giảm giá|miễn phí|tiền mặt", 70),
)
_REWARDS = _compiled(
    *(
        pattern
        for review, reward, near in _REWARD_WORDS
        for pattern in (
            rf"(?:{review})[^.!?。\n;]{{0,{near}}}?(?:{reward})",
            rf"(?:{reward})[^.!?。\n;]{{0,{near}}}?(?:{review})",
        )
    ),
    r"晒[图单](?:好评)?返|删(?:除)?差评(?:.{0,6})(?:返|送|红包|现金|补偿|赔)|(?:remove|delete|change)\s(?:your|the)\s(?:bad|negative)\sreview",
)

_PAST_PLATFORM = _compiled(
    r"私下(?:交易|转账|付款|下单)|线下(?:交易|付款|转账)|绕[开过]平台|不走平台|平台外(?:交易|付款|下单)|脱离平台",
    r"(?:pay|buy|order|deal)\s(?:\w+\s){0,3}outside\s(?:of\s)?(?:the\s)?(?:platform|app|amazon|shopee|lazada|tiktok|ebay|taobao)",
    r"avoid\s(?:the\s)?(?:platform|marketplace)(?:'s)?\sfees?",
    r"fuera de (?:la plataforma|amazon|mercado libre)|fora (?:da plataforma|do mercado livre)|di luar (?:platform|aplikasi)",
    r"นอก(?:แพลตฟอร์ม|แอป)|ngoài (?:sàn|nền tảng)",
)
_CONTACTS = _compiled(
    r"(?:加|添加|搜索?|联系)(?:我|我们|客服|店主)?的?(?:微信|薇信|威信|v信|vx|wx|qq|扣扣|企鹅号)|(?:微信|qq)号?\s?[::]|扫码(?:加|进群)",
    r"(?<![a-z])(?:vx|wx)(?![a-z])\s?[::]?\s?\w+",
    r"(?:whats\s?app|we\s?chat|telegram|viber|zalo|line id)\s?[::@]|"
    r"(?:add|contact|message|text|find|reach)\s(?:me|us)\s(?:on|via|by|at|through)\s(?:whats\s?app|we\s?chat|line|telegram|zalo|viber)",
    r"(?<!\d)1[3-9]\d{9}(?!\d)|\+\d[\d\- ]{7,}\d",
    r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[a-z]{2,}",
    r"https?://|\bwww\.",
)
# A word for stopping and a link for it, as the footer has them.
_UNSUBSCRIBE = re.compile(
    r"(?:退订|取消订阅|unsubscribe|darme de baja|cancelar (?:inscrição|suscripción)|berhenti berlangganan"
    r"|ยกเลิกการรับ|hủy (?:nhận|đăng ký))"
    r".{0,40}?https?://\S+",
    re.DOTALL,
)
