"""What Koe sells: two products, each monthly and yearly, in three currencies; its coupons and taxes.

Amounts are minor units: yen, which has none smaller, and cents.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.koe.currencies import MINOR_UNITS, SETTLEMENT

API_VERSION = "2025-03-31.basil"
"""The shape of all objects here: periods on subscription items, an invoice's origin under `parent`.
https://docs.stripe.com/changelog/basil"""
MONTHLY_AMOUNTS = {
    "creator": {"jpy": 1_500, "usd": 11_00, "eur": 10_00},
    "studio": {"jpy": 6_000, "usd": 43_00, "eur": 40_00},
}
MONTHS_PAID_A_YEAR = 10
"""A year costs as much as so many months."""
PRODUCTS = {"creator": "prod_KoeCreator0001", "studio": "prod_KoeStudio00001"}
PRICE_ID_LENGTH = 23


@dataclass(frozen=True)
class Offer:
    """One price of one plan."""

    plan: str
    interval: str
    currency: str

    @property
    def amount(self) -> int:
        return MONTHLY_AMOUNTS[self.plan][self.currency] * (MONTHS_PAID_A_YEAR if self.interval == "year" else 1)

    @property
    def months(self) -> int:
        return 12 if self.interval == "year" else 1

    @property
    def price_id(self) -> str:
        name = f"1Koe{self.plan.title()}{self.interval.title()}ly{self.currency.upper()}"
        return f"price_{name}{1:0{PRICE_ID_LENGTH - len(name)}}"

    @property
    def product_id(self) -> str:
        return PRODUCTS[self.plan]

    @property
    def product_name(self) -> str:
        return f"Koe {self.plan.title()}"


OFFERS = tuple(
    Offer(plan, interval, currency)
    for currency in MINOR_UNITS
    for plan in MONTHLY_AMOUNTS
    for interval in ("month", "year")
)


def products(created: int) -> list[dict[str, Any]]:
    """Both products, as of `created` (epoch seconds)."""
    return [_product(Offer(plan, "month", SETTLEMENT), created) for plan in PRODUCTS]


def prices(created: int) -> list[dict[str, Any]]:
    """The prices of all offers."""
    return [price(offer, created) for offer in OFFERS]


def price(offer: Offer, created: int) -> dict[str, Any]:
    return {
        "id": offer.price_id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": offer.currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": f"{offer.plan}_{offer.interval}_{offer.currency}",
        "metadata": {"plan": offer.plan},
        "nickname": None,
        "product": offer.product_id,
        "recurring": {
            "interval": offer.interval,
            "interval_count": 1,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "inclusive",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": offer.amount,
        "unit_amount_decimal": str(offer.amount),
    }


def _product(offer: Offer, created: int) -> dict[str, Any]:
    return {
        "id": offer.product_id,
        "object": "product",
        "active": True,
        "attributes": [],
        "created": created,
        "default_price": offer.price_id,
        "description": {"creator": "個人で使う方のためのプラン", "studio": "チームで使う方のためのプラン"}[offer.plan],
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {"plan": offer.plan},
        "name": offer.product_name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": created,
        "url": None,
    }


def coupons(created: int) -> list[dict[str, Any]]:
    """A share off, an amount off, and one that is deleted."""
    student, campaign, deleted = (
        _coupon("STUDENT50", "学生応援", created, percent_off=50.0, duration="forever"),
        _coupon("AUTUMN500", "秋のキャンペーン", created, amount_off=500, duration="repeating", duration_in_months=3),
        _coupon("LAUNCH10", "公開記念", created, percent_off=10.0, duration="once"),
    )
    return [student, campaign, {**deleted, "deleted": True}]


def _coupon(identifier: str, name: str, created: int, **terms: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "object": "coupon",
        "amount_off": None,
        "created": created,
        "currency": SETTLEMENT if "amount_off" in terms else None,
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": name,
        "percent_off": None,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
        **terms,
    }


def tax_rates(created: int) -> list[dict[str, Any]]:
    """Japan's consumption tax: the rate in force, and the reduced one, which is not used."""
    return [
        _tax_rate("txr_1KoeConsumption10JPY01", 10.0, created, active=True),
        _tax_rate("txr_1KoeConsumption08JPY01", 8.0, created, active=False),
    ]


def _tax_rate(identifier: str, percentage: float, created: int, *, active: bool) -> dict[str, Any]:
    return {
        "id": identifier,
        "object": "tax_rate",
        "active": active,
        "country": "JP",
        "created": created,
        "description": None,
        "display_name": "消費税",
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": True,
        "jurisdiction": "JP",
        "jurisdiction_level": "country",
        "livemode": False,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": None,
        "tax_type": "jct",
    }
