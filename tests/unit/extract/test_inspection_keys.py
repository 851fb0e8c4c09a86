"""Keys of tables that state none."""

import pytest

from extract.errors import Terminal
from extract.inspection.keys import candidate, named


def test_a_unique_and_complete_column_is_proposed_and_one_named_like_an_identifier_first() -> None:
    columns = {"date": ("DATE", [1, 2, 3]), "code": ("STRING", ["007", "008", "009"])}
    assert candidate(columns) == ("code",)
    assert candidate({"date": columns["date"]}) == ("date",)


def test_two_columns_are_proposed_where_one_is_not_enough() -> None:
    columns = {
        "note": ("STRING", ["a", None, "b", "c"]),
        "metric": ("STRING", ["x", "y", "x", "y"]),
        "day": ("DATE", [1, 1, 2, 2]),
    }
    assert candidate(columns) == ("metric", "day")


def test_measures_and_columns_with_gaps_are_no_key() -> None:
    columns = {
        "amount": ("NUMERIC", [1, 2, 3]),
        "count": ("INT64", [1, 2, 3]),
        "memo": ("STRING", ["a", "", "b"]),
        "kind": ("STRING", ["a", "a", "a"]),
    }
    assert candidate(columns) == ()


def test_a_key_that_a_person_names_is_held_against_the_sample() -> None:
    columns = {"day": [1, 1, 2], "code": ["a", "b", "a"], "memo": ["x", None, "y"]}
    assert named("sheet", ("day", "code"), columns) == ("day", "code")
    for key, problem in (
        (("day",), "day is no key"),
        (("memo",), "memo is no key"),
        (("nothing",), "has no column nothing"),
    ):
        with pytest.raises(Terminal, match=problem):
            named("sheet", key, columns)
