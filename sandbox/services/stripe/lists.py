"""Stripe's lists: newest first, in pages, filtered. https://docs.stripe.com/api/pagination"""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.services.stripe import expand, versions
from sandbox.services.stripe.errors import StripeError, missing, missing_parameter, unknown_parameter
from sandbox.services.stripe.kinds import LINES, Kind
from sandbox.services.stripe.parameters import Parameters, integer
from sandbox.services.stripe.store import Store

EVENT_DAYS = 30
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PAGING = ("limit", "starting_after", "ending_before", "expand")


@dataclass
class Filter:
    """SQL conditions and their values."""

    conditions: list[str]
    values: list[Any]

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values.extend(values)


def page(store: Store, kind: Kind, parameters: Parameters, version: str, now: float, parent: str | None = None) -> str:
    """One page as JSON text. `parent` is the invoice whose lines are asked for."""
    url = f"/v1/invoices/{parent}/lines" if kind is LINES else kind.url
    wanted = Filter(["kind = ?", "deleted = 0"], [kind.name])
    if parent is not None:
        wanted.add("parent = ?", parent)
    if kind.name == "events":
        wanted.add("created >= ?", int(now) - EVENT_DAYS * 86_400)
    rest = {name: value for name, value in parameters.items() if name not in _PAGING}
    _filter(wanted, kind, rest)
    bodies, has_more = _rows(store, kind, wanted, parameters)
    paths = parameters.get("expand", [])
    head = f'{{"object":"list","url":{json.dumps(url)},"has_more":{json.dumps(has_more)},"data":'
    if versions.is_newest(version) and not paths:
        return f"{head}[{','.join(bodies)}]}}"
    data: dict[str, Any] = {"data": [json.loads(body) for body in bodies]}
    if not isinstance(paths, list):
        raise StripeError(400, "Invalid array", param="expand")
    if data["data"]:
        expand.expand(data, paths, store)
    return f"{head}{json.dumps(versions.render(data['data'], version), ensure_ascii=False)}}}"


def _rows(store: Store, kind: Kind, wanted: Filter, parameters: Parameters) -> tuple[list[str], bool]:
    limit = _limit(parameters)
    after, before = parameters.get("starting_after"), parameters.get("ending_before")
    if after and before:
        raise StripeError(400, "Received both starting_after and ending_before parameters. Please pass in only one.")
    conditions, values = list(wanted.conditions), list(wanted.values)
    cursor, name, sign = (before, "ending_before", ">") if before else (after, "starting_after", "<")
    if cursor:
        # An object that has left the filtered list (deleted, canceled) is no cursor: stripe/stripe-node, issue 2368.
        position = store.position(conditions, values, cursor)
        if position is None:
            raise missing(kind.object, cursor, name)
        conditions.append(f"(created, seq) {sign} (?, ?)")
        values.extend(position)
    rows = [body for _, body in store.select(conditions, values, limit + 1, newest_first=not before)]
    has_more = len(rows) > limit
    rows = rows[:limit]
    return (rows[::-1] if before else rows), has_more


def _limit(parameters: Parameters) -> int:
    limit = parameters.get("limit", 10)
    if not isinstance(limit, int):
        raise StripeError(400, f"Invalid integer: {limit}", code="parameter_invalid_integer", param="limit")
    if limit > 100:
        raise StripeError(
            400, f"This value must be less than or equal to 100 (it currently is '{limit}').", param="limit"
        )
    if limit < 1:
        raise StripeError(
            400, f"This value must be greater than or equal to 1 (it currently is '{limit}').", param="limit"
        )
    return limit


def _filter(wanted: Filter, kind: Kind, parameters: Parameters) -> None:
    if kind.name == "subscription_items":
        if "subscription" not in parameters:
            raise missing_parameter("subscription")
        wanted.add("parent = ?", parameters.pop("subscription"))
    if kind.name == "subscriptions":
        _status_of_subscriptions(wanted, parameters.pop("status", None))
    for name, value in parameters.items():
        if name in kind.ranges:
            _range(wanted, name, kind.ranges[name], value)
        elif name in kind.filters:
            if name == "customer":
                wanted.add("customer = ?", value)
            elif kind.name == "events":  # charge.* asks for a group of types
                wanted.add("json_extract(body, ?) GLOB ?", kind.filters[name], value)
            else:
                wanted.add("json_extract(body, ?) = ?", kind.filters[name], value)
        elif name in kind.many and isinstance(value, list):
            marks = ", ".join("?" * len(value))
            wanted.add(f"json_extract(body, ?) IN ({marks})", kind.many[name], *value)
        else:
            raise unknown_parameter(name)


def _status_of_subscriptions(wanted: Filter, status: str | None) -> None:
    """Without a status: all but the canceled. `ended`: those that came to an end in any way."""
    place = "json_extract(body, '$.status')"
    if status is None:
        wanted.add(f"{place} <> 'canceled'")
    elif status == "ended":
        wanted.add(f"{place} IN ('canceled', 'incomplete_expired')")
    elif status != "all":
        wanted.add(f"{place} = ?", status)


def _range(wanted: Filter, name: str, path: str, value: Any) -> None:
    place = "created" if path == "$.created" else f"json_extract(body, '{path}')"
    if not isinstance(value, dict):
        wanted.add(f"{place} = ?", integer(str(value), name))
        return
    for key, bound in value.items():
        if key not in _COMPARISONS:
            raise unknown_parameter(f"{name}[{key}]")
        wanted.add(f"{place} {_COMPARISONS[key]} ?", integer(str(bound), f"{name}[{key}]"))
