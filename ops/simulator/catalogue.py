"""Invented people, places and goods of the simulated world."""

from __future__ import annotations

FAMILY = {
    "zh": ("苏", "林", "沈", "顾", "温", "陆", "叶", "白", "秦", "江", "孟", "程"),
    "en": ("Marlow", "Fenwick", "Ashdown", "Calder", "Winslow", "Thorne", "Hadley", "Prescott", "Lowell", "Greer"),
    "pt": ("Vale", "Serra", "Prado", "Moura", "Leme", "Brito", "Rangel", "Couto", "Paiva", "Teles"),
}
GIVEN = {
    "zh": ("晓岚", "清和", "一诺", "知夏", "子衿", "云舒", "若水", "景行", "南枝", "星野"),
    "en": ("Ada", "Miles", "Nora", "Felix", "Iris", "Hugo", "Clara", "Owen", "Tess", "Jonah"),
    "pt": ("Lia", "Caio", "Nina", "Davi", "Elisa", "Tomas", "Bia", "Ravi", "Alice", "Igor"),
}
CITIES = {
    "zh": (("浙江省", "杭州市", "西湖区"), ("四川省", "成都市", "锦江区"), ("广东省", "深圳市", "南山区")),
    "en": (("KY", "Shippington", ""), ("OR", "Mapleford", ""), ("NY", "Lakemont", "")),
    "pt": (("SP", "Vila Serena", ""), ("RJ", "Porto Claro", ""), ("MG", "Campo Alto", "")),
}
GOODS: tuple[tuple[str, str, str, int], ...] = tuple(
    (f"{zh}{size_zh}", f"{en}, {size_en}", f"{pt}, {size_pt}", base + step)
    for zh, en, pt, base in (
        ("亚麻茶巾", "Linen tea towel", "Pano de linho", 2900),
        ("陶瓷杯", "Stoneware cup", "Caneca de barro", 4590),
        ("竹滤茶器", "Bamboo tea strainer", "Coador de bambu", 1990),
        ("羊毛披肩", "Wool shawl", "Xale de la", 25900),
        ("橄榄木砧板", "Olive wood board", "Tabua de oliveira", 15800),
        ("桂花乌龙", "Osmanthus oolong", "Oolong de osmanto", 6800),
        ("手工皂", "Hand-made soap", "Sabonete artesanal", 1250),
        ("香薰蜡烛", "Scented candle", "Vela perfumada", 8825),
        ("棉麻围裙", "Canvas apron", "Avental de lona", 7999),
        ("铸铁壶", "Cast iron kettle", "Chaleira de ferro", 39900),
    )
    for size_zh, size_en, size_pt, step in (
        ("（小）", "small", "pequeno", 0),
        ("（中）", "medium", "medio", 1010),
        ("（大）", "large", "grande", 2333),
        ("（礼盒）", "gift box", "caixa presente", 5067),
    )
)
COLUMN = {"zh": 0, "en": 1, "pt": 2}  # of a language in GOODS
