"""Amounts in the reporting currency."""

from datetime import date
from decimal import Decimal

from tests.kpis.business import Business
from tests.kpis.numeric import Number, divide, multiply

REPORTING = "jpy"
MINOR_UNITS = {"jpy": 1, "usd": 100, "eur": 100}


def rate(business: Business, currency: str, day: date) -> Decimal:
    """Minor units of the reporting currency for one of the currency: the newest published at or before the day."""
    if currency == REPORTING:
        return Decimal(1)
    published = max(on for name, on in business.rates if name == currency and on <= day)
    found = divide(business.rates[currency, published] * MINOR_UNITS[REPORTING], MINOR_UNITS[currency])
    assert found is not None
    return found


def reporting(business: Business, amount: Number, currency: str, day: date) -> Decimal:
    return multiply(amount, rate(business, currency, day))
