"""The analyzer refuses what BigQuery refuses, and says where."""

import dataclasses

import pytest

from orchestration.dashboards import definition
from tests.integration.analyzer.analyzer import Analyzer, Refused
from tests.integration.analyzer.project import Project, Query

REFUSED = {
    "select user_id from build.dim_users where user_id = email": "operator = for argument types: INT64, STRING",
    "select date(created_at) = created_at from build.dim_users": "operator = for argument types: DATE, TIMESTAMP",
    "select if(is_deleted, plan, user_id) from build.dim_users": "function IF Argument types: BOOL, STRING, INT64",
    "select ifnull(birth_date, created_at) from staging.stg_aurora__users": "IFNULL Argument types: DATE, TIMESTAMP",
    "select surname from build.dim_users": "Unrecognized name: surname",
    "select 1 from build.dim_people": "Table not found: build.dim_people",
    "select strlen(email) from build.dim_users": "Function not found: strlen",
    "select list_sum([1, 2])": "Function not found: list_sum",
    "select array_includes([1], 1)": "Function not found: array_includes",
    "select cast(1 as integer) as one, 1::string as two": "Syntax error",
    "select cast('1.5' as double)": "Type not found: double",
    "select count(*) filter (where is_deleted) from build.dim_users": "Syntax error",
    "select plan, count(*) from build.dim_users": "neither grouped nor aggregated",
    "select plan from build.dim_users where count(*) > 1": "not allowed in WHERE clause",
    "select plan from build.dim_users union all select user_id from build.dim_users": "Column 1 in UNION ALL",
    "select distinct cells from raw_sheets.kpi_targets": "cannot be used in SELECT DISTINCT",
    "select user_id from build.dim_users join build.dim_voices using (user_id)": "Column user_id in USING clause",
    "select created_at from build.dim_users join build.dim_voices on true": "Column name created_at is ambiguous",
    "select qualify from build.dim_users": "Unexpected keyword QUALIFY",
    "insert into build.dim_date (date_day) values (1)": "type DATE",
    "select 1; select 2": "Expected end of input",
}
TAKEN = {
    "select * from raw_stripe.customers where _partitiontime = timestamp('2026-11-21')":
        {"id": "STRING", "object": "JSON", "deleted": "BOOL", "retrieved_at": "TIMESTAMP"},
    "select user_id / 2 as half, user_id + numeric '1' as more, credit_balance * 1.5 as larger from build.dim_users":
        {"half": "FLOAT64", "more": "NUMERIC", "larger": "NUMERIC"},
    "select date_add(birth_date, interval 1 day) as d, birth_date + 1 as e "
    "from `koe-sandbox`.staging.stg_aurora__users":
        {"d": "DATE", "e": "DATE"},
    "select plan, any_value(email having max created_at) as email from build.dim_users where created_at > '2000-01-01' "
    "group by all qualify row_number() over (order by plan) = 1": {"plan": "STRING", "email": "STRING"},
    "select array_agg(struct(email as e, [1.5] as n)) as a from build.dim_users":
        {"a": "ARRAY<STRUCT<e STRING, n ARRAY<FLOAT64>>>"},
    "select user_email, labels[0].value as label from `koe-sandbox`.`region-us`.INFORMATION_SCHEMA.JOBS":
        {"user_email": "STRING", "label": "STRING"},
    "create or replace table build.copy partition by day as select date_day as day from build.dim_date": {},
}  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED)
def test_what_bigquery_refuses_is_refused(analyzer: Analyzer, sql: str) -> None:
    with pytest.raises(Refused) as refused:
        analyzer.columns(sql)
    assert REFUSED[sql] in refused.value.message


@pytest.mark.parametrize("sql", TAKEN)
def test_what_bigquery_takes_is_taken_with_the_types_that_it_gives(analyzer: Analyzer, sql: str) -> None:
    assert analyzer.columns(sql) == TAKEN[sql]


def found(compiled: Project, name: str) -> Query:
    return next(query for query in compiled.queries if query.name == name)


def test_a_problem_is_told_with_its_file_its_line_and_the_reason(analyzer: Analyzer, compiled: Project) -> None:
    query = found(compiled, "dim_date")
    lines = query.sql.splitlines()
    number = next(number for number, line in enumerate(lines, 1) if line.strip().startswith("extract(year"))
    lines[number - 1] = "    extract(year from date_day) = 'x' as year,"
    [problem] = dataclasses.replace(query, sql="\n".join(lines)).problems(analyzer)
    assert problem.startswith(
        f"models/marts/core/dim_date.sql (dim_date), line {number} `extract(year from date_day) = 'x' as year,`: "
        "No matching signature for operator = for argument types: INT64, STRING"
    )


def test_a_column_that_is_not_what_is_declared_is_named(analyzer: Analyzer, compiled: Project) -> None:
    query = found(compiled, "dim_date")
    assert query.declared
    said = dict(query.declared) | {"year": "STRING", "decade": "INT64"}
    del said["month"]
    assert list(dataclasses.replace(query, declared=said).problems(analyzer)) == [
        "models/marts/core/dim_date.sql (dim_date): column decade is missing, declared INT64",
        "models/marts/core/dim_date.sql (dim_date): column month is INT64, declared not",
        "models/marts/core/dim_date.sql (dim_date): column year is INT64, declared STRING",
    ]


def test_every_kind_of_statement_is_among_those_that_are_analyzed(compiled: Project) -> None:
    names = [query.name for query in compiled.queries]
    assert {"dim_date", "stg_aurora__users", "kpi_daily_is_plausible", "sent for fct_generations"} <= set(names)
    charts = [chart for dashboard in definition.load() for chart in dashboard.charts]
    assert len([name for name in names if name.startswith("chart ")]) == len(charts) > 0
    assert [name for name in names if name.startswith("unique_key_dim_users")]
    sent = [query.sql for query in compiled.queries if query.name == "sent for fct_generations"]
    assert [sql for sql in sent if "create or replace table" in sql]
    assert [sql for sql in sent if "merge into" in sql]
