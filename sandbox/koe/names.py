"""Names and addresses of people, by country."""

from random import Random

FAMILY_NAMES = (
    ("佐藤", "sato"), ("鈴木", "suzuki"), ("高橋", "takahashi"), ("田中", "tanaka"), ("伊藤", "ito"),
    ("渡辺", "watanabe"), ("山本", "yamamoto"), ("中村", "nakamura"), ("小林", "kobayashi"), ("加藤", "kato"),
    ("吉田", "yoshida"), ("山田", "yamada"), ("佐々木", "sasaki"), ("山口", "yamaguchi"), ("松本", "matsumoto"),
    ("井上", "inoue"), ("木村", "kimura"), ("林", "hayashi"), ("斎藤", "saito"), ("清水", "shimizu"),
    ("山崎", "yamazaki"), ("森", "mori"), ("池田", "ikeda"), ("橋本", "hashimoto"), ("阿部", "abe"),
    ("石川", "ishikawa"), ("前田", "maeda"), ("藤田", "fujita"), ("後藤", "goto"), ("岡田", "okada"),
    ("長谷川", "hasegawa"), ("村上", "murakami"), ("近藤", "kondo"), ("石井", "ishii"), ("遠藤", "endo"),
    ("青木", "aoki"), ("坂本", "sakamoto"), ("福田", "fukuda"), ("太田", "ota"), ("西村", "nishimura"),
    ("髙木", "takagi"), ("﨑山", "sakiyama"), ("𠮷川", "yoshikawa"),
)  # fmt: skip
"""The last three are written with characters outside the usual sets, as many real names are."""

GIVEN_NAMES = (
    ("陽翔", "haruto"), ("蓮", "ren"), ("湊", "minato"), ("蒼", "aoi"), ("樹", "itsuki"), ("悠真", "yuma"),
    ("大翔", "hiroto"), ("律", "ritsu"), ("朝陽", "asahi"), ("颯真", "soma"), ("健太", "kenta"), ("拓也", "takuya"),
    ("直樹", "naoki"), ("陽菜", "hina"), ("凛", "rin"), ("結菜", "yuina"), ("葵", "aoi"), ("紬", "tsumugi"),
    ("莉子", "riko"), ("芽依", "mei"), ("美咲", "misaki"), ("さくら", "sakura"), ("ひなた", "hinata"),
    ("七海", "nanami"), ("彩花", "ayaka"), ("真由美", "mayumi"), ("恵子", "keiko"), ("和子", "kazuko"),
    ("翔太", "shota"), ("誠", "makoto"), ("浩二", "koji"), ("学", "manabu"),
)  # fmt: skip

OTHER_NAMES = {
    "US": (("Emily Carter", "emily.carter"), ("James O'Brien", "james.obrien"), ("Olivia Smith-Jones", "olivia.smith"),
           ('William "Bill" Young', "bill.young"), ("Ava Johnson", "ava.johnson")),
    "TW": (("陳怡君", "chen.yijun"), ("林志明", "lin.zhiming"), ("黃淑芬", "huang.shufen"), ("張家豪", "zhang.jiahao")),
    "KR": (("김민준", "kim.minjun"), ("이서연", "lee.seoyeon"), ("박지훈", "park.jihun"), ("최수아", "choi.sua")),
    "FR": (("Élodie Lefèvre", "elodie.lefevre"), ("François Dupont", "francois.dupont"), ("Zoë Garçon", "zoe.garcon")),
}  # fmt: skip

CITIES = (
    ("060-0001", "北海道", "札幌市中央区"), ("980-0811", "宮城県", "仙台市青葉区"), ("010-0001", "秋田県", "秋田市"),
    ("100-0005", "東京都", "千代田区"), ("150-0002", "東京都", "渋谷区"), ("160-0022", "東京都", "新宿区"),
    ("220-0012", "神奈川県", "横浜市西区"), ("450-0002", "愛知県", "名古屋市中村区"),
    ("530-0001", "大阪府", "大阪市北区"), ("600-8216", "京都府", "京都市下京区"),
    ("730-0011", "広島県", "広島市中区"), ("810-0001", "福岡県", "福岡市中央区"), ("900-0015", "沖縄県", "那覇市"),
)  # fmt: skip
OTHER_CITIES = {
    "US": ("02139", "MA", "Cambridge", "1 Example Street"),
    "TW": ("100", None, "台北市中正區", "範例路一段1號"),
    "KR": ("04524", None, "서울특별시 중구", "예제로 1"),
    "FR": ("01000", None, "Bourg-en-Bresse", "1 rue de l'Exemple"),
}


def name(chance: Random, country: str) -> tuple[str, str]:
    """A full name as its owner writes it, and the mail address's local part made from it."""
    if country != "JP":
        return chance.choice(OTHER_NAMES[country])
    family, family_romanized = chance.choice(FAMILY_NAMES)
    given, given_romanized = chance.choice(GIVEN_NAMES)
    return f"{family} {given}", f"{given_romanized}.{family_romanized}"


def address(chance: Random, country: str) -> dict[str, str | None]:
    """An address in Stripe's shape. Postal codes are text: some begin with 0."""
    if country != "JP":
        postal_code, state, city, line1 = OTHER_CITIES[country]
        return {
            "city": city,
            "country": country,
            "line1": line1,
            "line2": None,
            "postal_code": postal_code,
            "state": state,
        }
    postal_code, state, city = chance.choice(CITIES)
    return {
        "city": city,
        "country": "JP",
        "line1": f"{chance.randint(1, 8)}丁目{chance.randint(1, 30)}-{chance.randint(1, 20)}",
        "line2": None if chance.random() < 0.5 else f"コエビル{chance.randint(1, 12)}階",
        "postal_code": postal_code,
        "state": state,
    }
