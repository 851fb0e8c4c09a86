"""Names of columns made from the names of sources."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.inspection.names import RESERVED, column_name, near, snake


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("createdAt", "created_at"),
        ("clientIP", "client_ip"),
        ("HTTPStatus", "http_status"),
        ("user_id", "user_id"),
        ("address1", "address1"),
        ("Cost (JPY)", "cost_jpy"),
        ("  E-Mail ", "e_mail"),
        ("_private", "private"),
        ("Prénom", "prenom"),
        ("user id", "user_id"),
        ("氏名", "name"),
        ("メール", "email"),
        ("来店日", ""),
        ("売上 2026", ""),
        ("%", ""),
    ],
)
def test_a_name_is_its_words_in_lower_case(name: str, made: str) -> None:
    assert snake(name) == made


@pytest.mark.parametrize(
    ("name", "made"),
    [("order", "order_"), ("group", "group_"), ("2nd line", "n2nd_line"), ("来店日", "column_c"), ("id", "id_2")],
)
def test_a_column_never_needs_quotes_and_is_never_named_twice(name: str, made: str) -> None:
    assert column_name(name, {"id"}, "column_c") == made


@given(st.text(max_size=30), st.sets(st.sampled_from(["a", "b", "a_2", "column_1", "from_"])))
def test_any_name_makes_one_that_bigquery_takes(name: str, taken: set[str]) -> None:
    made = column_name(name, taken, "column_1")
    assert re.fullmatch("[a-z_][a-z0-9_]*", made)
    assert made not in taken
    assert made not in RESERVED


def test_a_name_that_is_not_there_is_answered_with_what_is_like_it_or_with_what_there_is() -> None:
    assert near("public.order", ["public.orders", "audit.events"]) == "near it: public.orders"
    assert near("x", ["b", "a"]) == "there is a, b"
    assert near("x", []) == "there is nothing"
    assert near("x", [f"table{number:02d}" for number in range(22)]).endswith("table19 and 2 more")
