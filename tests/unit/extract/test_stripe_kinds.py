"""The table of Stripe's kinds, compared with what Stripe's own client and the contracts know."""

import fnmatch
import typing
from pathlib import Path

import pytest
import stripe.params
from stripe import StripeClient

from extract.contract_file import read
from extract.stripe_kinds import EVENTS_REACH, KINDS

CONTRACTS = Path(__file__).parents[3] / "dbt_project"
LISTED = {name: kind for name, kind in KINDS.items() if kind.parent is None}


def event_types() -> set[str]:
    """All types of events, which the client lists as those that a webhook can be told of."""
    [names] = typing.get_args(stripe.params.WebhookEndpointCreateParams.__annotations__["enabled_events"])
    return set(typing.get_args(names))


def test_every_stripe_table_of_the_contracts_is_of_a_known_kind() -> None:
    assert {table.relation for table in read(CONTRACTS) if table.source == "stripe"} == set(KINDS)


@pytest.mark.parametrize("name", LISTED)
def test_events_of_a_kind_exist_and_are_all_that_are_named_after_it(name: str) -> None:
    kind, types = KINDS[name], event_types()
    told = {group: set(fnmatch.filter(types, group)) for group in kind.events}
    assert [group for group, found in told.items() if not found] == []
    own = {one for one in types if one.startswith((f"{kind.object}.", f"customer.{kind.object}."))}
    assert own <= set().union(*told.values())


@pytest.mark.parametrize("name", LISTED)
def test_every_list_takes_bounds_of_created_and_gives_objects_by_id(name: str) -> None:
    title = "".join(part.capitalize() for part in KINDS[name].object.split("_"))
    assert "created" in getattr(stripe.params, f"{title}ListParams").__annotations__
    assert hasattr(getattr(StripeClient("sk_test_none").v1, name), "retrieve")


@pytest.mark.parametrize("name", sorted(KINDS.keys() - LISTED.keys()))
def test_a_part_has_a_parent_with_a_list(name: str) -> None:
    assert KINDS[name].parent in LISTED
    assert KINDS[name].place


def test_no_overlap_takes_so_much_of_what_events_reach_back_that_a_week_late_is_too_late() -> None:
    assert max(kind.overlap for kind in KINDS.values()) < EVENTS_REACH / 4
