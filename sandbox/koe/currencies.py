"""The currencies that Koe sells in, and what a unit of each was worth in yen."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.koe.chance import stream
from sandbox.koe.history import TIMEZONE, History, utc

SETTLEMENT = "jpy"
"""The currency of Koe's bank account, into which Stripe converts all others."""
CURRENCY_OF = {"US": "usd", "TW": "usd", "KR": "usd", "FR": "eur"}
"""What people of a country pay with, where it is not yen."""
MINOR_UNITS = {"jpy": 1, "usd": 100, "eur": 100}
"""How many minor units a unit has; amounts are minor units everywhere."""
SIGNS = {"jpy": "¥", "usd": "$", "eur": "€"}
MEANS = {"usd": 150.0, "eur": 165.0}
"""Yen for a unit, around which the rates wander."""
STEP = 0.7
PULL = 0.04
"""The share of its distance from the mean that a rate loses each day."""
DAYS_BEFORE_LAUNCH = 9
"""Rates begin at least a week before the business, also where the first of these days are a weekend."""
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit (a dollar, not a cent) was worth: yen with two decimals."""

    day: date
    currency: str
    jpy_per_unit: Decimal


def currency_of(country: str | None) -> str:
    return CURRENCY_OF.get(country or "", SETTLEMENT)


def shown(amount: int, currency: str) -> str:
    """An amount as people write it: ¥1,500 or $11.00."""
    units = MINOR_UNITS[currency]
    return f"{SIGNS[currency]}{amount / units:,.{len(str(units)) - 1}f}"


def published(seed: int, history: History) -> list[Rate]:
    """The rates of each working day from before the launch to the end of the history, oldest first."""
    chances = {currency: stream(seed, "exchange rates", currency) for currency in MEANS}
    first = utc(history.launch * 1000).astimezone(TIMEZONE).date() - timedelta(days=DAYS_BEFORE_LAUNCH)
    days = [first + timedelta(days=number) for number in range((history.end_date - first).days + 1)]
    values, found = dict(MEANS), []
    for day in days:
        for currency, mean in MEANS.items():
            values[currency] += PULL * (mean - values[currency]) + chances[currency].gauss(0, STEP)
            if day.weekday() < 5:
                rate = Decimal(values[currency]).quantize(CENT, ROUND_HALF_UP)
                found.append(Rate(day, currency, rate))
    return found


class ExchangeRates:
    """Looks up the newest published rate at an instant."""

    def __init__(self, rates: list[Rate]) -> None:
        self._rates = {
            currency: [(rate.day, rate.jpy_per_unit) for rate in rates if rate.currency == currency]
            for currency in MEANS
        }

    def in_yen(self, amount: int, currency: str, at: int) -> tuple[int, float | None]:
        """An amount (minor units) at `at` (epoch seconds) in whole yen, and the rate between the minor units.

        The rate is None where nothing is converted, as in Stripe's `exchange_rate`.
        """
        if currency == SETTLEMENT:
            return amount, None
        day = utc(at * 1000).astimezone(TIMEZONE).date()
        rates = self._rates[currency]
        rate = rates[bisect_right(rates, day, key=lambda one: one[0]) - 1][1] / MINOR_UNITS[currency]
        return int((amount * rate).quantize(Decimal(1), ROUND_HALF_UP)), float(rate)
