"""The page about costs is what its prices and assumptions give."""

import re

import pytest

from tests import operations_costs as costs


def test_the_page_is_current_and_has_no_number_that_was_left_out() -> None:
    assert costs.PAGE.read_text(encoding="utf-8") == costs.page()
    assert "{{" not in costs.page()


def test_the_text_around_the_tables_has_no_price_typed_by_hand() -> None:
    template = costs.TEMPLATE.read_text(encoding="utf-8")
    assert set(re.findall(r"\d+\.\d+", template)) == {"0.012"}  # Tokyo's, which nothing is worked out from


@pytest.mark.parametrize(
    ("gigabytes", "usd"),
    [(0, 0), (100, 0), (1_100, 90), (10_240, 912.6), (11_240, 997.6), (153_600, 11_562.2), (154_600, 11_612.2)],
)
def test_what_leaves_aws_is_paid_by_tiers(gigabytes: float, usd: float) -> None:
    assert costs.egress(gigabytes) == pytest.approx(usd)


def test_delivering_everything_in_full_costs_what_it_weighs_every_day() -> None:
    assert costs.flow(100, costs.FULL, 7) == costs.flow(100, costs.SNAPSHOT, 7) == costs.Flow(3_000, 0)
    assert costs.flow(100, costs.INCREMENTAL, 30) == costs.Flow(100, 30)


def test_every_price_has_an_effect() -> None:
    def total() -> float:
        slots = costs.facts()["slot_hours"] + costs.facts()["break_even"]
        storage = sum(costs.storage(100, physical) for physical in (False, True))
        return sum(sum(costs.bill(setup).values()) for setup in costs.SETUPS) + storage + float(slots.replace(",", ""))

    before = total()
    for name, price in list(costs.PRICES.items()):
        changed = {**costs.PRICES, name: costs.Price(price.of, price.usd + 1, price.unit, price.page)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(costs, "PRICES", changed)
            assert total() != before, name


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (0.4, "below 1"), (9.7, "10"), (27.3, "27"), (146, "150"), (4_460, "4,500"), (33_100, "33,000")],
)
def test_amounts_have_two_figures(amount: float, text: str) -> None:
    assert costs.usd(amount) == text
