"""Sizes, budgets and labels as people write them."""

import pytest

from extract.errors import Terminal
from governance.scans import budgets, labels, sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0 B", 0),
        ("512 MiB", 512 * 2**20),
        ("2 GiB", 2**31),
        ("1.5 TiB", 3 * 2**39),
        ("10KiB", 10_240),
        ("1 PiB", 2**50),
    ],
)
def test_a_size_is_bytes(text: str, size: int) -> None:
    assert sizes.parse(text) == size


@pytest.mark.parametrize("text", ["2 GB", "2", "GiB", "-1 GiB", "2 gib", "1e3 MiB", "", None, 2048, "2 GiB or so"])
def test_what_is_no_size_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(
        Terminal, match="is no size; write a number and one of B, KiB, MiB, GiB, TiB, PiB, such as 2 GiB"
    ):
        sizes.parse(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (8_000, "7.8 KiB"), (2**31, "2.0 GiB"), (2**60, "1024.0 PiB")],
)
def test_bytes_are_shown_in_the_unit_that_fits(size: int, text: str) -> None:
    assert sizes.readable(size) == text


def test_a_budget_is_read_from_meta_and_one_that_is_missing_or_wrong_is_named() -> None:
    assert budgets.budget_of("dim_date", {"scan_budget": "2 GiB", "owner": "x"}) == 2**31
    with pytest.raises(Terminal, match=r"^dim_date has no scan_budget; state what it may scan"):
        budgets.budget_of("dim_date", {})
    with pytest.raises(Terminal, match=r"^dim_date: scan_budget 'much' is no size"):
        budgets.budget_of("dim_date", {"scan_budget": "much"})


def test_labels_are_what_bigquery_takes_for_labels() -> None:
    assert labels.labels(labels.DASHBOARD, "KPIs/Umsatz 日本") == {
        "kura": "dashboard",
        "kura_name": "kpis_umsatz____"[:14],
    }
    assert labels.labels(labels.PLATFORM) == {"kura": "platform"}
    assert len(labels.labels("model", "x" * 80)["kura_name"]) == 63
