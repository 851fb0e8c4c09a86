"""What the guard says of a model: leaks with their path, declarations that are wrong, and what it cannot look into."""

from typing import Any

import pytest

from governance.lineage.guard import Guard, check
from tests.unit.governance.tables import COLUMNS, POLICY_TAGS, TABLES, findings, node


def said(sql: str, columns: dict[str, str | None], **given: Any) -> list[str]:
    return [str(finding) for finding in findings(sql, columns, **given)]


def manifest(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": {each["unique_id"]: each for each in nodes}}


def declassified(sql: str, declaration: object, tag: str | None = None) -> list[str]:
    made = node("made", {"x": ("STRING", tag)}, sql)
    made["columns"]["x"]["config"] = {"meta": {"declassified": declaration}}
    users = node("users", COLUMNS["users"])
    return [str(finding) for finding in Guard(manifest(users, made), TABLES, POLICY_TAGS).check(made)]


@pytest.mark.parametrize(
    ("sql", "tag", "leaks"),
    [
        ("select email as x from build.users", "pii", False),
        ("select email as x from build.users", "restricted", False),
        ("select email as x from build.users", "financial", True),
        ("select profile as x from build.users", "pii", True),
        ("select profile as x from build.users", "restricted", False),
        ("select concat(email, salary) as x from build.users", "pii", True),
        ("select concat(email, salary) as x from build.users", "restricted", False),
        ("select id as x from build.users", "pii", False),
    ],
)
def test_a_tag_protects_what_it_is_as_strict_as(sql: str, tag: str, leaks: bool) -> None:
    assert bool(said(sql, {"x": tag})) is leaks


def test_a_leak_shows_the_way_of_the_column_up_to_raw() -> None:
    staging = node(
        "stg_people",
        {"email": ("STRING", "pii")},
        "select json_value(item, '$.email.S') as email from raw_dynamodb.people",
    )
    dimension = node("dim_people", {"mail": ("STRING", "pii")}, "select email as mail from build.stg_people")
    mart = node(
        "mart", {"domain": ("STRING", None)}, "select split(mail, '@')[offset(1)] as domain from build.dim_people"
    )
    assert [str(finding) for finding in check(manifest(staging, dimension, mart), TABLES, POLICY_TAGS)] == [
        "mart.domain: needs pii, is open: mart.domain <- dim_people.mail (pii) <- stg_people.email (pii) "
        "<- raw_dynamodb.people.Item.email.S (pii)"
    ]


def test_a_model_is_checked_by_its_own_sql_against_what_its_parents_declare() -> None:
    open_parent = node("parent", {"mail": ("STRING", None)})
    child = node("child", {"mail": ("STRING", None)}, "select mail from build.parent")
    assert Guard(manifest(open_parent, child), TABLES, POLICY_TAGS).check(child) == []


def test_columns_made_and_columns_declared_are_the_same() -> None:
    assert said("select id, email from build.users", {"id": None}) == [
        "made.email: is not declared, so that it can have no policy tag: made.email <- users.email (pii)"
    ]
    assert said("select id from build.users", {"id": None, "email": "pii"}) == [
        "made.email: is declared, but the compiled SQL has no such column"
    ]
    assert said("select ID from build.users", {"id": None}) == []
    assert said("select id, 1 from build.users", {"id": None}) == ["made: a column without a name, or two of one name"]


def test_a_declassified_column_needs_no_tag() -> None:
    approved = {"reason": "A total over everyone.", "approver": "data protection"}
    assert declassified("select sum(salary) as x from build.users", approved) == []
    assert declassified("select concat(sum(salary), max(email)) as x from build.users", approved, "pii") == []


@pytest.mark.parametrize(
    ("declaration", "problem"),
    [
        ({"reason": "A total."}, "declassified without approver"),
        ({"approver": "data protection"}, "declassified without reason"),
        ({"reason": " ", "approver": ""}, "declassified without reason and approver"),
        (True, "declassified without reason and approver"),
        ({"reason": "A total.", "approver": "me", "until": "2027"}, "unknown key 'until' in declassified"),
    ],
)
def test_a_declassification_without_reason_and_approver_opens_nothing(declaration: object, problem: str) -> None:
    assert declassified("select sum(salary) as x from build.users", declaration) == [
        f"made.x: {problem}",
        "made.x: needs financial, is open: made.x <- users.salary (financial)",
    ]


def test_a_declassification_that_is_needed_no_more_is_an_error() -> None:
    approved = {"reason": "A total.", "approver": "data protection"}
    assert declassified("select count(*) as x from build.users", approved) == [
        "made.x: is declared declassified, but holds nothing that needs it; take it out"
    ]
    assert declassified("select email as x from build.users", approved, "pii") == [
        "made.x: is declared declassified, but holds nothing that needs it; take it out"
    ]


def test_a_struct_is_protected_field_by_field() -> None:
    sql = "select struct(id as id, email as mail) as x from build.users"
    columns: dict[str, str | None] = {"x": None, "x.id": None, "x.mail": "pii"}
    assert said(sql, columns) == []
    assert said(sql, {"x": "pii"}) == []
    assert said(sql, columns | {"x.mail": None}) == [
        "made.x.mail: needs pii, is open: made.x.mail <- users.email (pii)"
    ]
    assert said(sql, {"x": None, "x.id": None}) == ["made.x.mail: needs pii, is open: made.x.mail <- users.email (pii)"]
    assert said("select array_agg(struct(id, email as mail)) as x from build.users", columns) == []
    assert said("select address as x from build.users", {"x": None, "x.city": None, "x.street": "pii"}) == []
    assert said("select address as x from build.users", {"x": None, "x.city": None, "x.street": None}) == [
        "made.x.street: needs pii, is open: made.x.street <- users.address.street (pii)"
    ]


def test_a_field_is_not_protected_by_the_tag_of_another() -> None:
    sql = "select struct(email as id, email as mail) as x from build.users"
    assert [found.column for found in findings(sql, {"x": None, "x.id": "pii"})] == ["x.mail"]
    assert [found.column for found in findings(sql, {"x": None, "x.id": None, "x.mail": "pii"})] == ["x.id"]
    # A struct whose fields are not known may hold the address in any of them.
    sql = "select array_slice(array_concat([struct(id as id, email as mail)], [address]), 0, 1)[offset(0)] as x"
    for columns, leaks in (({"x.id": None, "x.mail": "pii"}, True), ({"x.id": "pii", "x.mail": "pii"}, False)):
        assert bool(findings(f"{sql} from build.users", {"x": None, **columns})) is leaks
    assert (
        findings("select struct(struct(email as a) as inside) as x from build.users", {"x": None, "x.inside": "pii"})
        == []
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"language": "python"}, "it is written in python, which is not looked into"),
        ({"compiled_code": None}, "it is not compiled; run dbt compile"),
        ({"config": {"post-hook": [{"sql": "select 1"}]}}, "its post-hook is SQL that is not looked into"),
        ({"config": {"pre-hook": [{"sql": "select 1"}]}}, "its pre-hook is SQL that is not looked into"),
        ({"config": {"sql_header": "declare x int64;"}}, "its sql_header is a script, and what that does is not known"),
        (
            {"config": {"sql_header": "create function dataset.f(x string) as (x);"}},
            "its sql_header has CREATE FUNCTION dataset.f(x STRING) AS (x)",
        ),
        (
            {"config": {"sql_header": "create temp function f(x string) as (dataset.g(x));"}},
            "its sql_header calls dataset.g, which is not known",
        ),
        (
            {
                "config": {
                    "sql_header": "create temp function lower(x string) as ((select max(email) from build.users));"
                }
            },
            "its sql_header has lower, which is built in",
        ),
        (
            {"config": {"sql_header": "create temp function f(x string) returns string remote with connection c.d"}},
            "its sql_header",
        ),
    ],
)
def test_what_is_not_looked_into_counts_as_a_leak(given: dict[str, Any], problem: str) -> None:
    made = node("made", {"id": ("INT64", None)}, "select 1 as id") | given
    found = Guard(manifest(made), TABLES, POLICY_TAGS).check(made)
    assert len(found) == 1
    assert problem in str(found[0])


def test_sql_around_the_models_counts_as_a_leak() -> None:
    operation = {"unique_id": "operation.kura.end", "name": "end", "resource_type": "operation"}
    assert [str(finding) for finding in check(manifest(operation), TABLES, POLICY_TAGS)] == [
        "end: a hook is SQL that is not looked into"
    ]


def test_a_snapshot_keeps_the_tags_and_its_row_id_is_no_way_around_them() -> None:
    columns = {"email": ("STRING", "pii"), "updated": ("TIMESTAMP", None)}
    own = dict.fromkeys(("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"), ("STRING", None))
    sql = "select email, current_timestamp() as updated from build.users"
    users = node("users", COLUMNS["users"])
    for key, leaks in (("updated", []), ("email", ["snap.dbt_scd_id"])):
        config = {"unique_key": key, "updated_at": "updated", "strategy": "timestamp"}
        snap = node("snap", columns | own, sql, resource_type="snapshot", config=config)
        found = Guard(manifest(users, snap), TABLES, POLICY_TAGS).check(snap)
        assert [f"{finding.model}.{finding.column}" for finding in found] == leaks


def test_an_incremental_model_may_read_itself() -> None:
    sql = "select id, email from build.users union all select id, email from build.made"
    assert said(sql, {"id": None, "email": "pii"}) == []
    assert said(sql, {"id": None, "email": None}) == ["made.email: needs pii, is open: made.email <- users.email (pii)"]


def test_an_unknown_policy_tag_or_a_second_one_is_an_error() -> None:
    made = node("made", {"x": ("STRING", "pii")}, "select email as x from build.users")
    users = node("users", COLUMNS["users"])
    for resources, problem in ((["other"], "unknown policy tag other"), (list(POLICY_TAGS.values()), "more than one")):
        made["columns"]["x"]["policy_tags"] = resources
        found = [str(finding) for finding in Guard(manifest(users, made), TABLES, POLICY_TAGS).check(made)]
        assert problem in found[0]
        assert found[1].startswith("made.x: needs pii, is open")
