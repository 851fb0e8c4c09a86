"""`kpi_daily_targets`: each KPI that may have a target, against it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.kpis.business import Business
from tests.kpis.daily import KpiDay
from tests.kpis.numeric import divide

METRICS = (
    "active_users",
    "monthly_active_users",
    "characters_spoken",
    "signups",
    "subscribers",
    "new_subscribers",
    "retained_subscribers",
    "churned_subscribers",
    "resurrected_subscribers",
    "mrr",
    "arpu",
    "conversion_rate",
    "cost_per_acquisition",
)
LOWER_IS_BETTER = ("churned_subscribers", "cost_per_acquisition")


@dataclass(frozen=True, slots=True)
class Attainment:
    date_day: date
    metric: str
    value: Decimal | int | None
    target: Decimal | None
    attainment: Decimal | None
    is_higher_better: bool


def kpi_daily_targets(business: Business, daily: list[KpiDay]) -> list[Attainment]:
    return [_attainment(business, row, metric) for row in daily for metric in METRICS]


def _attainment(business: Business, row: KpiDay, metric: str) -> Attainment:
    value, target = getattr(row, metric), business.targets.get((row.date_day, metric))
    return Attainment(
        date_day=row.date_day,
        metric=metric,
        value=value,
        target=target,
        attainment=None if target is None else divide(value, target),
        is_higher_better=metric not in LOWER_IS_BETTER,
    )
