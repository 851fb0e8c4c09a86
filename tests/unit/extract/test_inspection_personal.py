"""What looks personal, by name and by value."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.inspection.documents import LeftOut, leaves, personal
from extract.inspection.personal import reasons
from extract.inspection.shapes import shapes


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        *((name, "a mail address") for name in ("email", "billingEmail", "e-mail", "contact_mail", "メールアドレス")),
        *((name, "a phone number") for name in ("phone", "tel", "mobilePhone", "携帯電話", "denwa", "FAX")),
        *((name, "an IP address") for name in ("ip", "clientIp", "remote_addr", "ip_address")),
        *((name, "an address") for name in ("address", "street", "city", "住所", "都道府県", "jusho")),
        *((name, "a postal code") for name in ("postalCode", "zip", "郵便番号")),
        *((name, "a name") for name in ("name", "firstName", "last_name", "氏名", "フリガナ", "surname", "user_name")),
        *((name, "a birth date, age or sex") for name in ("birthDate", "dob", "生年月日", "gender")),
        *((name, "a secret or token") for name in ("password_hash", "accessToken", "api_key", "client_secret")),
        *((name, "a card or bank account") for name in ("card_number", "iban", "口座番号", "cvc")),
        *((name, "an official number of a person") for name in ("ssn", "passport_no", "マイナンバー", "my_number")),
        *((name, "a place on earth") for name in ("lat", "longitude")),
    ],
)
def test_a_name_says_what_it_means(name: str, meaning: str) -> None:
    assert reasons(name, "STRING", []) == (f"its name says {meaning}",)


@pytest.mark.parametrize(
    ("name", "data_type"),
    [
        *((name, "STRING") for name in ("id", "status", "plan", "file_name", "event_name", "description", "namespace")),
        *((name, "STRING") for name in ("shipment", "description", "zipper", "telemetry", "language", "品名")),
        ("email_verified", "BOOL"),
        ("email_verified_at", "TIMESTAMP"),
        ("email_count", "INT64"),
        ("total_tokens", "INT64"),
        ("address_id", "INT64"),
    ],
)
def test_a_name_that_says_nothing_is_no_reason(name: str, data_type: str) -> None:
    assert reasons(name, data_type, []) == ()


def cards(count: int) -> list[str]:
    """Numbers with the check digit of cards."""
    chance, made = random.Random(7), []
    for _ in range(count):
        digits = [4, *(chance.randrange(10) for _ in range(14))]
        total = sum(sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
        made.append("".join(map(str, [*digits, -total % 10])))
    return made


def wide(text: str) -> str:
    """As Japanese keyboards write digits and signs when nobody looks."""
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


TOKENS = ["".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=40)) for seed in range(10)]


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        (["a@example.com", "", "顧客1 <b.c@mail.example.co.jp>"], "mail addresses"),
        ([*["no mail"] * 500, "write to a@example.com"], "mail addresses"),
        (["03-1234-5678", "090-1234-5678", "(03)1234-5678"], "phone numbers"),
        ([wide("090-1234-5678"), "090\u22121234\u22125678", "+81 90 1234 5678", "09012345678"], "phone numbers"),
        (["+1 555 123 4567", "(555) 123-4567", "555.123.4567"], "phone numbers"),
        (["192.0.2.1", "198.51.100.7"], "IP addresses"),
        (["2001:db8::1", "fe80::1%eth0"], "IP addresses"),
        (["東京都千代田区千代田1-1", "北海道札幌市"], "postal addresses"),
        (["〒100-0001 千代田"], "postal addresses"),
        (["12 Old Mill Road", "no"], "postal addresses"),
        (["100-0001", "530-0001"], "postal codes"),
        (["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcDEF-_1"], "tokens or keys"),
        (["sk_live_4eC39HqLyjWDarjtT1"], "tokens or keys"),
        (["AKIAIOSFODNN7EXAMPLE"], "tokens or keys"),
        (["$2b$12$" + "a" * 53], "tokens or keys"),
        (TOKENS, "random tokens"),
        (cards(10), "card numbers"),
        (["4111 1111 1111 1111"], "card numbers"),
        (["123456789018"], "numbers of persons (My Number)"),
        (["山田 太郎", "鈴木　花子", "ヤマダ タロウ"], "names of persons"),
        (["Ada Lovelace", "Alan M. Turing", "Grace Hopper-Murray"], "names of persons"),
    ],
)
def test_values_show_what_they_are(texts: list[str], shape: str) -> None:
    assert any(told.endswith(f"look like {shape}") for told in shapes(texts)), shapes(texts)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["", "  "],
        ["succeeded", "failed", "past_due"],
        ["2026-11-22", "2026-11-22 10:00:00", "10:00:00"],
        ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "cus_NffrFeUfNV2Hib"],
        ["5d41402abc4b2a76b9719d911017c592" * 2],  # a digest
        [str(number) for number in range(10**12, 10**12 + 50)],
        ["1.2.3", "10.15.7", "v2.0.0.1"],
        ["/v1/invoices/in_1MtHbELkdIwHu7ixl4OzzPMv/lines"],
        ["https://example.com/a/b"],
        ["東京都", "大阪府"],
        ["呼吸を整える。", "声"],
        ["creator monthly", "Studio"],
        ["ja-JP", "JPY", "0123"],
    ],
)
def test_values_that_are_nothing_personal_show_nothing(texts: list[str]) -> None:
    assert shapes(texts) == []


def test_shapes_that_others_share_are_told_by_the_share_that_has_them() -> None:
    assert shapes(["192.0.2.1", *["other"] * 9]) == []
    assert shapes([*["192.0.2.1"] * 3, *["other"] * 7]) == ["30 % of the values look like IP addresses"]
    assert shapes(["a@example.com", *["other"] * 500]) == ["a few values look like mail addresses"]


@given(st.lists(st.text()))
def test_no_text_is_beyond_looking_at(texts: list[str]) -> None:
    for reason in reasons("x", "STRING", texts):
        assert reason.rsplit(" look like ")[0] in ("all values", "a few values") or "% of the values" in reason


def test_what_is_inside_of_a_value_is_looked_at_too() -> None:
    values = [{"address": {"city": "a", "country": "JP"}, "tags": ["x"]}, {"note": {"to": "a@example.com"}, "n": 1}]
    assert personal("details", "JSON", values) == (
        "details.address.city: its name says an address",
        "details.note.to: all values look like mail addresses",
    )
    assert list(leaves("a", {"b": [1, True, None, {"c": "d"}]})) == [
        ("a.b", "NUMERIC", "1"),
        ("a.b", "BOOL", "True"),
        ("a.b.c", "STRING", "d"),
    ]


def test_many_reasons_inside_of_a_value_are_told_shortly() -> None:
    [*_, last] = personal("who", "JSON", [{name: "" for name in ("email", "phone", "name", "address", "ip")}])
    assert last == "and 2 more reasons"


def test_what_cannot_be_a_column_is_left_out_and_told() -> None:
    left_out = LeftOut()
    assert [left_out.is_told(*one) for one in (("a", []), ('b"c', [1]), ("d{{e", [1]), ("it's", [1]))] == [
        True,
        True,
        True,
        False,
    ]
    assert left_out.remarks == (
        "not declared, for always null in the sample: a",
        "not declared, for no JSON path can name them: 'b\"c', 'd{{e'",
    )
