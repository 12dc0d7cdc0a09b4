"""What an answer in public may not hold, as tables for domain.reply_check. All are asked of text as `adwords.folded` leaves it.

Each list is our own and in the eight languages that answers have. It finds what is said plainly; whoever says it in other words is
not found, which is why a person agrees to what a person wrote.
"""

from __future__ import annotations

from typing import NamedTuple

# Traditional characters of the words below that adwords does not fold: it has those of its own words.
SIMPLER = str.maketrans(
    "關眾們會還費補償賠發區縣鎮鄉園棟單電訊話碼評價刪馬幫為證將願雙無條罵騙職惡腦殘貳陸個實術門東號緻閩龍庫貨給讓說請這沒體樓",
    "关众们会还费补偿赔发区县镇乡园栋单电讯话码评价删马帮为证将愿双无条骂骗职恶脑残贰陆个实术门东号致闽龙库货给让说请这没体楼",
)

# Ways to reach a person, and where somebody lives. Runs of digits are counted in reply_check.
PERSONAL = (
    r"(?<![\w.+-])[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.|\s?(?:\(dot\)|\[dot\])\s?)[a-z]{2,}",
    # A number in Chinese numerals, as it is written to be overlooked.
    r"[零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]{7,}",
    # Letters and digits mixed: numbers of orders and parcels.
    r"(?<![a-z0-9])(?=[a-z]*\d)(?=\d*[a-z])(?=(?:[a-z]*\d){4})[a-z0-9]{10,}(?![a-z0-9])",
    r"[省市区县镇乡][^，。！？,.!?\s]{0,12}?(?:路|街|大道|巷|胡同|弄|村|小区|花园|苑)[^，。！？,.!?\s]{0,8}?\d+",
    r"(?:路|街|大道|巷|弄)\s?\d{1,5}\s?(?:号|弄)|(?<!\d)\d{1,5}\s?(?:号楼|栋|幢|单元)",
    r"(?<!\d)\d{1,5}\s(?:[a-z]+\s){1,3}(?:street|st\.|road|rd\.|avenue|ave\.|lane|boulevard|blvd)(?![a-z])",
    r"(?<![a-z])(?:calle|avenida|av\.|carrera|rua|travessa|jalan|jl\.)\s[^.!?\n]{2,40}?\d+",
    r"บ้านเลขที่\s?\d+|(?:ถนน|ซอย)\s?\S+\s?\d+",
    r"số nhà\s\d+|(?<!\d)\d+\s(?:đường|phố|ngõ)\s",
)

# Where else one could meet, beside what adwords finds on a marketplace's chat.
ELSEWHERE = (
    r"加(?:个|一?下|我|我们|客服|店主|店长|为)*(?:微(?![弱小妙量热]|波炉)|v|薇|威信|好友|群)(?![a-z])"
    r"|\+\s?[vq](?![a-z])|(?<![a-z])[vq]\s?(?:信|群)|企鹅群|(?<!防伪)二维码(?!防伪|查询|验证)",
    r"公众号|(?:搜索?|关注)(?:我们的?)?(?:微博|抖音|快手|小红书|淘宝店|公众号)",
    r"(?:打|拨打?)(?:个|我们的?|客服|店里的?)+电话|电联|短信联系|[致来]电(?:我们|客服|本店)|电话(?:联系|沟通)",
    r"(?<![a-z])(?:call|phone|ring|text|e-?mail|sms)\s(?:me|us|our)(?![a-z])|(?:by|via)\s(?:phone|e-?mail|text message)",
    r"(?<![a-z])(?:ll[áa]m[ae](?:nos|me)|escríb[ae](?:nos|me) (?:a|al|por) (?:correo|whats)|por tel[ée]fono)"
    r"|(?<![a-z])(?:ligue para|por telefone|por e-?mail)",
    r"(?<![a-z])(?:hubungi|telepon|sms)\s(?:kami\s)?(?:di|ke|lewat|via)?\s?(?:wa|whatsapp|nomor|telepon)(?![a-z])",
    r"โทร(?:หา|มา|ศัพท์|\.|\s?\d)|แอดไลน์|ไลน์ไอดี|แอดมาที่",
    r"(?<!\w)(?:gọi (?:cho|đến|tới)|qua (?:điện thoại|email|zalo)|kết bạn zalo)",
    # A domain without a scheme; letters alone around the dot, so that a missing blank after a full stop is none.
    r"(?<![\w.-])[a-z0-9][a-z0-9-]*\.(?:com|cn|net|org|shop|store|top|xyz|cc|ly|link|site|online|app|gg)(?![a-z])|(?<![a-z])(?:t|wa|m)\.me(?![a-z])",
)

# Services that people meet on; the platform on which its own name is no way out stands beside.
SERVICES: tuple[tuple[str, frozenset[str]], ...] = (
    (r"微信(?!支付|付款)|(?<![a-z])wechat(?! pay)|(?<![a-z])weixin", frozenset({"wechat"})),
    (r"(?<![a-z])qq(?![a-z])|扣扣", frozenset()),
    (r"(?<![a-z])whats\s?app", frozenset()),
    (r"(?<![a-z])(?:telegram|viber|zalo|signal app|skype)(?![a-z])", frozenset()),
    (r"(?<![a-z])(?:messenger|instagram|facebook)(?![a-z])", frozenset({"meta"})),
)

# A change of review, and what is given for it, in one sentence, whichever comes first. The third number: how far apart.
CHANGES = (
    (
        r"(?:修改|更改|改(?:一?下|成|为|个)?|删除?|撤[回销掉]|追加|追)(?:一?下|掉|您的?|这条|刚才的?|上一条)*(?:差评|中评|评价|评论|好评|追评|评分|[五5]星)",
        r"返(?!回|厂|修)|红包|现金|优惠[券码]|补偿|赔|退款|退您|礼品|小礼|送您|送你|奖|免单|\d元",
        16,
    ),
    (
        r"(?:chang|updat|revis|remov|delet|edit|rais|improv)\w*\s(?:\w+\s){0,3}(?:reviews?|ratings?|feedback|stars?)(?![a-z])",
        r"cash|refund|rebate|gifts?(?![a-z])|(?<!feel )free(?![a-z])|coupon|discount|voucher|reward|money|credit|compensat"
        r"|[$€£¥₱฿₫]\s?\d|\d\s?(?:yuan|rmb|cny|dollars?|bucks|euros?|pounds?|usd|eur|gbp)(?![a-z])",
        80,
    ),
    (
        r"(?:cambi|modific|elimin|borr|quit|actualiz)\w*\s(?:\w+\s){0,3}(?:reseña|opini[óo]n|valoraci[óo]n|calificaci[óo]n|comentario)",
        r"regal|reembols|descuento|cup[oó]n|dinero|gratis|compens",
        80,
    ),
    (
        r"(?:alter|mud|remov|apag|edit|atualiz)\w*\s(?:\w+\s){0,3}(?:avaliaç|comentário|nota(?![a-z]))",
        r"brinde|reembols|desconto|cupom|dinheiro|gr[aá]tis|presente|compens",
        80,
    ),
    (
        r"(?:ubah|ganti|hapus|edit|perbarui)\w*\s(?:\w+\s){0,3}(?:ulasan|penilaian|bintang|rating)",
        r"hadiah|cashback|voucher|diskon|uang|gratis|bonus|kompensasi",
        80,
    ),
    (r"(?:แก้|เปลี่ยน|ลบ)\S{0,14}(?:รีวิว|คะแนน|ดาว)", r"เงิน|ของแถม|ส่วนลด|ของขวัญ|ฟรี|คูปอง|โค้ด", 60),
    (r"(?:sửa|đổi|xóa|xoá|gỡ)\s(?:\S+\s){0,3}(?:đánh giá|sao(?!\w))", r"hoàn tiền|tặng|quà|voucher|giảm giá|miễn phí|tiền", 80),
)

# A promise of money or of goods for nothing. To say how one asks for it is none.
PROMISES = (
    # Between who promises and what, no word that makes it a way, a condition or a question.
    r"(?:给您|帮您|为您|替您|我们|本店|小店|马上|立即|立刻|直接|一定|保证|已经?|会|将|愿意|同意)"
    r"(?:(?!申请|咨询|查看|如果|如需|是否|能否|核实|进度|流程|问题)[^，。！？；,.!?;\n]){0,8}"
    r"(?:退款|退钱|退差价|退(?:您|你)|退还|赔付|赔偿|赔您|补偿|补发|重发|换新|免单|返现)",
    r"(?:全额|无条件|先行)(?:退款|赔付|退)|假一赔|双倍赔",
    r"(?<![a-z])(?:we|i|you)(?:'ll|’ll| will| shall| are going to| can| have| want to)\s"
    r"(?:(?!ask|request|apply|check|help|explain)\w+\s){0,4}"
    r"(?:refund|reimburse|compensat|money back)",
    r"(?<![a-z])(?:full|complete|immediate|partial)\srefund|money[- ]back guarantee|free replacement"
    r"|(?:replace|resend|reship)\w*\s(?:\w+\s){0,3}(?:for free|free of charge|at no (?:extra )?(?:cost|charge))",
    r"(?<![a-z])(?:reembolsaremos|compensaremos|devolveremos)|vamos a (?:reembolsar|devolver|compensar)"
    r"|reembolso (?:completo|total|inmediato)|(?:recibirás|recibirá|tendrás) (?:\w+ ){0,2}reembolso",
    r"(?<![a-z])(?:vamos|iremos|faremos)\s(?:\w+\s){0,3}(?:reembols|devolver|estorn|compensar)"
    r"|(?:reembolso|estorno) (?:total|integral|imediato)",
    r"(?<![a-z])(?:kami|kita)\s(?:akan|pasti|langsung)\s(?:\w+\s){0,3}(?:refund|kembalikan|mengembalikan|ganti rugi|kompensasi)"
    r"|refund penuh",
    r"(?:จะ|ยินดี|พร้อม)\S{0,20}?(?:คืนเงิน|ชดเชย|ชดใช้)|คืนเงินเต็มจำนวน",
    r"(?<!\w)sẽ\s(?:\S+\s){0,4}(?:hoàn tiền|hoàn lại tiền|bồi thường|đền bù)|hoàn (?:tiền )?100%",
)


class Banned(NamedTuple):
    """What one platform's rules for answers forbid besides; `source`: the page that says so."""

    platforms: frozenset[str]
    pattern: str
    source: str


_EBAY = "ebay.co.uk/help/policies/feedback-policies/feedback-misuse-policy"
_SHOPEE = "help.shopee.com.my article 78991, removed replies of sellers"
_MELI = "mercadolibre ayuda 1020, contenido inapropiado y denuncias"
_MELI_FEES = "mercadolibre ayuda 1231, eludir la estructura de tarifas"
_LAW = "China's Civil Code, Article 1024: nobody's reputation by insult; on every platform of China"
_CHINA = frozenset(
    {
        "alibaba1688",
        "douyin",
        "eleme",
        "jd",
        "kuaishou",
        "meituan",
        "pinduoduo",
        "taobao",
        "wechat",
        "weibo",
        "xiaohongshu",
        "youzan",
    }
)
BANNED = (
    Banned(frozenset({"ebay"}), r"(?<![a-z])(?:investigat\w+|police|lawsuit)(?![a-z])", _EBAY),
    Banned(frozenset({"ebay"}), r"(?<![a-z])(?:leave|give|get|deserve)\s(?:you\s)?(?:a\s)?negative feedback", _EBAY),
    Banned(frozenset({"ebay"}), r"(?<![a-z])(?:president|election|church|allah|jesus)(?![a-z])", _EBAY),
    Banned(
        frozenset({"ebay", "shopee", "mercadolibre"}),
        r"(?<![a-z])(?:idiot|stupid|moron|bastard|shit\w*|fuck\w*|bitch)(?![a-z])",
        _EBAY,
    ),
    Banned(
        frozenset({"shopee"}), r"(?<![a-z])(?:bodoh|goblok|tolol|bangsat|anjing lu)(?![a-z])|(?:ngu|óc chó)(?=\s|[.!]|$)", _SHOPEE
    ),
    Banned(
        frozenset({"mercadolibre"}),
        r"(?<![a-z])(?:idiota|est[úu]pid[oa]|imb[ée]cil|tarad[oa]|boludo|pendej[oa]|burr[oa]|mierda|merda|puta|puto)(?![a-z])",
        _MELI,
    ),
    Banned(frozenset({"mercadolibre"}), r"(?<![a-z])(?:estafador\w*|ladr[óo]n|golpista|mentiros[oa])(?![a-z])", _MELI),
    Banned(
        frozenset({"mercadolibre"}),
        r"(?:sin|evit\w+|ahorr\w+|sem|economiz\w+)\s(?:\w+\s){0,2}(?:comisi[óo]n|comissão|tarifa)(?![a-z])",
        _MELI_FEES,
    ),
    Banned(
        _CHINA,
        r"[傻煞沙][逼比叉屌]|脑残|智障|神经病|有病吧|滚(?:蛋|远|开)|去死|妈的|他妈|贱[人货]|穷鬼|恶意差评|职业差评|骗子",
        _LAW,
    ),
)
