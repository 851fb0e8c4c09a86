"""The same people in all stores."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sandbox.koe.history import History
from sandbox.koe.people import FIRST_USER_ID
from sandbox.koe.records import Records

LIVE = ("active", "past_due")


def subscriptions_of(records: Records) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for subscription in records.objects("subscriptions"):
        found[subscription["customer"]].append(subscription)
    return found


def test_a_person_has_one_name_and_address_in_aurora_and_stripe(records: Records) -> None:
    users = {user["id"]: user for user in records.rows("users")}
    shared = [customer for customer in records.objects("customers") if customer["metadata"]["user_id"] in users]
    assert len(shared) >= 20
    for customer in shared:
        user = users[customer["metadata"]["user_id"]]
        assert (user["name"], user["email"]) == (customer["name"], customer["email"])
        assert user["stripe_customer_id"] == customer["id"]


def test_only_subscribers_have_a_customer_id(records: Records) -> None:
    customers = {customer["id"] for customer in records.objects("customers")}
    named = {user["stripe_customer_id"] for user in records.rows("users")} - {None}
    assert named <= customers
    assert 0.08 < len(named) / len(list(records.rows("users"))) < 0.16


def test_the_plan_is_that_of_the_running_subscription(records: Records) -> None:
    plans = {price["id"]: price["metadata"]["plan"] for price in records.objects("prices")}
    subscriptions = subscriptions_of(records)
    seen = set()
    for user in records.rows("users"):
        live = [one for one in subscriptions.get(str(user["stripe_customer_id"]), []) if one["status"] in LIVE]
        assert len(live) <= 1
        assert user["plan"] == (plans[live[0]["items"]["data"][0]["price"]["id"]] if live else "free")
        seen.add(user["plan"])
    assert seen == {"free", "creator", "studio"}


def test_some_accounts_are_physically_deleted_and_one_of_them_has_invoices(records: Records) -> None:
    ids = [int(str(user["id"])) for user in records.rows("users")]
    missing = set(range(FIRST_USER_ID, FIRST_USER_ID + 250)) - set(ids)
    assert len(missing) == 3
    details = [invoice["parent"]["subscription_details"] for invoice in records.objects("invoices")]
    assert {int(detail["metadata"]["user_id"]) for detail in details} & missing


def test_what_a_deleted_account_made_is_gone_but_for_its_archived_projects(records: Records) -> None:
    ids = {user["id"] for user in records.rows("users")}
    assert {str(item["userId"]) for item in records.items("koe-generations")} <= ids
    assert {str(item["ownerUserId"]) for item in records.items("koe-voices") if "ownerUserId" in item} <= ids
    assert {member["user_id"] for member in records.rows("team_members")} <= ids
    orphans = [project for project in records.rows("projects") if project["owner_id"] not in ids]
    assert orphans
    assert all(project["archived_at"] for project in orphans)


def test_deleted_customers_keep_their_invoices_and_have_no_running_subscription(records: Records) -> None:
    deleted = {customer["id"] for customer in records.objects("customers") if customer.get("deleted")}
    users = {user["stripe_customer_id"] for user in records.rows("users")}
    assert deleted & users, "an account may name a customer that is deleted"
    assert deleted <= {invoice["customer"] for invoice in records.objects("invoices")}
    for customer, subscriptions in subscriptions_of(records).items():
        assert customer not in deleted or all(one["status"] == "canceled" for one in subscriptions)


def test_people_opened_accounts_before_and_during_the_history(records: Records, history: History) -> None:
    opened = [datetime.fromisoformat(str(user["created_at"])).timestamp() for user in records.rows("users")]
    before = sum(instant < history.start for instant in opened)
    assert 0.3 < before / len(opened) < 0.9
    assert history.launch <= min(opened)
    assert max(opened) < history.end


def test_optional_fields_are_null_for_some(records: Records) -> None:
    users = list(records.rows("users"))
    for column in ("country", "birth_date", "stripe_customer_id", "credit_balance"):
        assert 0 < sum(user[column] is None for user in users) < len(users)


def test_teams_have_their_owner_as_a_member_and_no_more_members_than_seats(records: Records) -> None:
    members = defaultdict(dict)
    for member in records.rows("team_members"):
        members[member["team_id"]][member["user_id"]] = member["role"]
    teams = list(records.rows("teams"))
    assert len(teams) == len(members) == 10
    for team in teams:
        assert members[team["id"]][team["owner_id"]] == "owner"
        assert list(members[team["id"]].values()).count("owner") == 1
        assert len(members[team["id"]]) <= int(str(team["seats"]))
