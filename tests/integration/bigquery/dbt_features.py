"""A dbt project with the features that kura's models use: contracts, constraints, unit tests, groups, snapshots."""

import json
from pathlib import Path
from typing import Any

from tests.integration.bigquery.access_fixtures import PLATFORM, token
from tests.integration.bigquery.tables import TAG

BY_DAY = "partition_by={'field': 'day', 'data_type': 'date'}, require_partition_filter=true"
SINCE = "day >= {% if is_incremental() %} date '2026-11-04' {% else %} date '2000-01-01' {% endif %}"
OVERWRITE = f"materialized='incremental', incremental_strategy='insert_overwrite', {BY_DAY}"
MODELS = {
    "facts": f"""{{{{ config(materialized='table', {BY_DAY}, cluster_by=['id', 'city'], hours_to_expiration=48,
        partition_expiration_days=4000, labels={{'owner': 'data'}}, group='finance', access='public') }}}}
    select n as id, concat('u', cast(n as string)) as email, day, timestamp(day, 'Asia/Tokyo') as at,
        datetime '2026-11-01 10:00:00' as local_at, time '10:00:00' as clock, cast(n as numeric) / 3 as amount,
        cast(n as bignumeric) as big, cast(n as float64) as ratio, mod(n, 2) = 0 as even, b'ab' as code,
        ['a', 'b'] as words, parse_json('{{"a": 1}}') as payload,
        struct(cast(n as string) as street, 'Tokyo' as city) as address, 'Tokyo' as city,
        [struct(n as n, 'l' as label)] as items
    from {{{{ source('given', 'numbers') }}}}""",
    "facts_view": "select id, day, email from {{ ref('facts') }} where day >= date '2026-01-01'",
    "merged": f"""{{{{ config(materialized='incremental', unique_key='id', {BY_DAY},
        on_schema_change='append_new_columns',
        incremental_predicates=["DBT_INTERNAL_DEST.day >= date '2026-11-01'"]) }}}}
    select id, email, day from {{{{ ref('facts') }}}} where {SINCE}""",
    "static": f"""{{{{ config({OVERWRITE}, on_schema_change='fail',
        partitions=["date '2026-11-04'", "date '2026-11-05'"]) }}}}
    select id, email, day from {{{{ ref('facts') }}}} where {SINCE}""",
    "dynamic": f"{{{{ config({OVERWRITE}) }}}} select id, email, day from {{{{ ref('facts') }}}} where {SINCE}",
    "copied": f"""{{{{ config({OVERWRITE.replace("'date'}", "'date', 'copy_partitions': true}")}) }}}}
    select id, email, day from {{{{ ref('facts') }}}} where {SINCE}""",
    "keyed": "select id, 1 as one from {{ ref('facts') }} where day >= date '2000-01-01'",
    "child": "select id, 2 as two from {{ ref('keyed') }}",
    "grown": """{{ config(materialized='incremental', unique_key=['id'], on_schema_change='sync_all_columns') }}
    select id {% if is_incremental() %}, 'x' as added {% else %}, 1 as dropped {% endif %} from {{ ref('keyed') }}""",
    "derived": """select id, date(at, 'Asia/Tokyo') as day, amount, array_length(words) as words, int64(payload.a) as a,
        address.street as street, payload, items[safe_offset(0)].label as label
    from {{ ref('facts') }} where day >= date '2000-01-01' or day is null""",
    "latest": """{{ config(materialized='incremental', unique_key='id') }} select id from {{ ref('keyed') }}
    {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}""",
}
DESCRIPTION = 'It\'s "quoted",\non two lines, with a \\ in it'
TYPES = {
    "id": "int64", "email": "string", "day": "date", "at": "timestamp", "local_at": "datetime", "clock": "time",
    "amount": "numeric", "big": "bignumeric", "ratio": "float64", "even": "bool", "code": "bytes",
    "words": "array<string>", "payload": "json", "address.street": "string", "address.city": "string",
    "city": "string", "items": "array<struct<n int64, label string>>",
}  # fmt: skip
NOT_NULL, PII = {"type": "not_null"}, [TAG.format("pii")]
FILTERED = {"config": {"where": "day >= date '2000-01-01'"}}


def _key(**more: Any) -> dict[str, Any]:
    """A primary key; dbt warns that BigQuery does not enforce it unless told that we know."""
    return {"type": "primary_key", "warn_unenforced": False, **more}


def _columns(types: dict[str, str], **more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "data_type": kind, "description": f"The {name}"} | more.get(name.replace(".", "_"), {})
            for name, kind in types.items()]  # fmt: skip


def _contract(name: str, columns: list[dict[str, Any]], *constraints: dict[str, Any]) -> dict[str, Any]:
    config = {"contract": {"enforced": True}}
    return {"name": name, "description": f"All {name}", "config": config, "columns": columns,
            "constraints": list(constraints)}  # fmt: skip


DAILY = {"id": "int64", "email": "string", "day": "date"}
FOREIGN = {"type": "foreign_key", "columns": ["id"], "to": "ref('keyed')", "to_columns": ["id"]}
CONTRACTS = [
    _contract(
        "facts",
        _columns(
            TYPES,
            id={"constraints": [NOT_NULL, _key()], "data_tests": [{"unique": FILTERED}, {"not_null": FILTERED}]},
            email={"constraints": [NOT_NULL], "policy_tags": PII, "description": DESCRIPTION},
            address_street={"policy_tags": [TAG.format("restricted")]},
        ),
    ),
    _contract("facts_view", _columns({"id": "int64", "day": "date", "email": "string"})),
    *(
        _contract(name, _columns(DAILY, id={"constraints": [NOT_NULL]}, email={"policy_tags": PII}))
        for name in ("merged", "static")
    ),
    _contract("keyed", _columns({"id": "int64", "one": "int64"}), _key(columns=["id"])),
    _contract("child", _columns({"id": "int64", "two": "int64"}), FOREIGN | {"warn_unenforced": False}),
]
FACT = {
    "id": 1, "email": "it's", "at": "2026-11-01 15:30:00+00", "amount": "1.50", "words": ["x", "y"],
    "payload": {"a": 1}, "address": 'struct("s" as street, "c" as city)', "even": True,
    "items": ['struct(1 as n, "l" as label)'], "big": "1.5", "code": "ab", "clock": "10:00:00", "ratio": 0.5,
}  # fmt: skip
DERIVED = {
    "id": 1,
    "day": "2026-11-02",
    "amount": 1.5,
    "words": 2,
    "a": 1,
    "street": "s",
    "payload": {"a": 1},
    "label": "l",
}
UNITS = [
    {"name": "derives_from_rows", "model": "derived",
     "given": [{"input": "ref('facts')", "rows": [FACT, {"id": 2, "at": None, "amount": 2}]}],
     "expect": {"rows": [DERIVED, dict.fromkeys(DERIVED) | {"id": 2, "amount": 2}]}},
    {"name": "derives_from_csv", "model": "derived",
     "given": [{"input": "ref('facts')", "format": "csv", "rows": "id,day,amount\n1,2026-11-01,1.25\n2,,\n"}],
     "expect": {"format": "csv", "rows": "id,amount\n1,1.25\n2,\n"}},
    {"name": "derives_from_sql", "model": "latest", "overrides": {"macros": {"is_incremental": True}},
     "given": [{"input": "ref('keyed')", "rows": [{"id": 1}, {"id": 5}]},
               {"input": "this", "format": "sql", "rows": "select 3 as id"}],
     "expect": {"format": "sql", "rows": "select 5 as id"}},
    {"name": "first_run", "model": "merged", "overrides": {"macros": {"is_incremental": False}},
     "given": [{"input": "ref('facts')", "rows": [{"id": 1, "day": "2026-01-01"}, {"id": 2, "day": "1999-01-01"}]}],
     "expect": {"rows": [{"id": 1, "email": None, "day": "2026-01-01"}]}},
    {"name": "later_run", "model": "merged", "overrides": {"macros": {"is_incremental": True}},
     "given": [{"input": "ref('facts')", "rows": [{"id": 1, "day": "2026-11-03"}, {"id": 2, "day": "2026-11-04"}]},
               {"input": "this", "format": "sql", "rows": "select 1 as id"}],
     "expect": {"rows": [{"id": 2, "email": None, "day": "2026-11-04"}]}},
    {"name": "no_rows", "model": "latest", "overrides": {"macros": {"is_incremental": False}},
     "given": [{"input": "ref('keyed')", "rows": []}], "expect": {"rows": []}},
]  # fmt: skip
PROPERTIES = {
    "version": 2,
    "sources": [{"name": "given", "schema": "{{ target.schema }}", "tables": [{"name": "numbers"}]}],
    "models": CONTRACTS,
    "unit_tests": UNITS,
    "groups": [{"name": "finance", "owner": {"name": "Finance", "email": "finance@koe.example"}}],
    "exposures": [{"name": "board", "type": "dashboard", "depends_on": ["ref('keyed')"], "owner": {"name": "Finance"}}],
}
SNAPSHOT = {"strategy": "check", "check_cols": "all", "unique_key": "id", "hard_deletes": "invalidate"}
TABLES = ("keyed", "child")
PROJECT = {
    "name": "trial",
    "profile": "trial",
    "models": {
        "+persist_docs": {"relation": True, "columns": True},
        "trial": {name: {"+materialized": "table"} for name in TABLES},
    },
    "flags": {"send_anonymous_usage_stats": False, "use_colors": False},
}
# dbt warns of NUMERIC without a scale, but BigQuery takes no parameters in the CAST that dbt makes of the contract.
NUMERIC = """{% macro bigquery__get_empty_schema_sql(columns) %}
    select {% for column in adapter.nest_column_data_types(columns).values() %}
    cast(null as {{ column['data_type'] }}) as {{ column['name'] }}{{ ',' if not loop.last }} {% endfor %}
{% endmacro %}"""


def write(folder: Path, dataset: str) -> None:
    """Writes the project and its profile into the folder."""
    output = {
        "type": "bigquery", "method": "oauth-secrets", "token": token({"email": PLATFORM}), "threads": 4,
        "project": "koe-sandbox", "dataset": dataset, "location": "US",
    }  # fmt: skip
    snapshot = {"name": "history", "relation": "ref('keyed')", "config": SNAPSHOT}
    files: dict[str, Any] = {
        "dbt_project.yml": PROJECT,
        "profiles.yml": {"trial": {"target": "only", "outputs": {"only": output}}},
        "models/properties.yml": PROPERTIES,
        "snapshots/history.yml": {"version": 2, "snapshots": [snapshot]},
        "macros/numeric.sql": NUMERIC,
        "tests/few.sql": "{{ config(store_failures=true, schema='failed') }} "
        "select id from {{ ref('grown') }} where id > 1000",
        "analyses/ten.sql": "select count(*) from {{ ref('keyed') }}",
        **{f"models/{name}.sql": sql for name, sql in MODELS.items()},
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))  # JSON is YAML
