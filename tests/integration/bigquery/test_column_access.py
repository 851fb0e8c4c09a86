"""Column-level access: no statement shows a protected column to who is not its tag's fine-grained reader."""

import pytest
from google.api_core.exceptions import ClientError, Forbidden
from google.cloud import bigquery

pytest_plugins = ["tests.integration.bigquery.access_warehouse"]

REFUSED = {
    "by name": "SELECT email FROM marts.dim_users",
    "in another case": "SELECT EMAIL FROM marts.dim_users",
    "with everything else": "SELECT * FROM marts.dim_users",
    "with a part of everything": "SELECT * EXCEPT (email, name) FROM marts.dim_users",
    "under an alias": "SELECT email AS plan FROM marts.dim_users",
    "with the table's alias": "SELECT u.email FROM marts.dim_users AS u",
    "with the table's whole name": "SELECT dim_users.email FROM `koe-sandbox.marts.dim_users`",
    "as a star of an alias": "SELECT u.* FROM marts.dim_users AS u",
    "as a row": "SELECT u FROM marts.dim_users AS u",
    "as a structure of the row": "SELECT AS STRUCT u.* FROM marts.dim_users AS u",
    "as JSON of the row": "SELECT TO_JSON_STRING(u) FROM marts.dim_users AS u",
    "by counting rows by value": "SELECT COUNT(u) FROM marts.dim_users AS u",
    "in an aggregate": "SELECT MAX(email) FROM marts.dim_users",
    "in an array": "SELECT ARRAY_AGG(email) FROM marts.dim_users",
    "in a function": "SELECT SUBSTR(email, 1, 1) FROM marts.dim_users",
    "in a cast": "SELECT CAST(email AS BYTES) FROM marts.dim_users",
    "as a nested field": "SELECT address.street FROM marts.dim_users",
    "as the record around the field": "SELECT address FROM marts.dim_users",
    "as the record's star": "SELECT address.* FROM marts.dim_users",
    "in WHERE": "SELECT user_id FROM marts.dim_users WHERE email LIKE 'secret-o%'",
    "in HAVING": "SELECT plan FROM marts.dim_users GROUP BY plan HAVING MAX(email) > 'a'",
    "in ORDER BY": "SELECT user_id FROM marts.dim_users ORDER BY email",
    "in GROUP BY": "SELECT COUNT(*) FROM marts.dim_users GROUP BY email",
    "in QUALIFY": "SELECT user_id FROM marts.dim_users QUALIFY RANK() OVER (PARTITION BY plan ORDER BY email) = 1",
    "in a named window": "SELECT RANK() OVER w FROM marts.dim_users WINDOW w AS (ORDER BY email)",
    "in the order of a field of the same name": (
        "SELECT x.email FROM (SELECT STRUCT(1 AS email) AS x, email FROM marts.dim_users) ORDER BY email"
    ),
    "by ordinal": "SELECT plan FROM (SELECT email, plan FROM marts.dim_users ORDER BY 1)",
    "in a CTE": "WITH u AS (SELECT * FROM marts.dim_users) SELECT email FROM u",
    "in a CTE with column names": "WITH u AS (SELECT user_id AS x, email AS y FROM marts.dim_users) SELECT y FROM u",
    "in a chain of CTEs": "WITH a AS (SELECT * FROM marts.dim_users), b AS (SELECT * FROM a) SELECT b.name FROM b",
    "in a CTE that hides the table": "WITH dim_users AS (SELECT * FROM marts.dim_users) SELECT * FROM dim_users",
    "in a recursive CTE": (
        "WITH RECURSIVE n AS (SELECT 1 AS i, email AS x FROM marts.dim_users "
        "UNION ALL SELECT i + 1, x FROM n WHERE i < 2) SELECT i FROM n"
    ),
    "in a subquery": "SELECT x FROM (SELECT email AS x FROM marts.dim_users)",
    "in a scalar subquery": "SELECT (SELECT MAX(email) FROM marts.dim_users)",
    "in an array subquery": "SELECT ARRAY(SELECT email FROM marts.dim_users)",
    "in IN": "SELECT 1 WHERE 'secret-one' IN (SELECT email FROM marts.dim_users)",
    "in EXISTS": "SELECT EXISTS (SELECT 1 FROM marts.dim_users WHERE email = 'secret-one')",
    "in a correlated subquery": (
        "SELECT (SELECT u.email FROM marts.plans AS p WHERE p.plan = u.plan) FROM marts.dim_users AS u"
    ),
    "in a correlated condition": (
        "SELECT plan FROM marts.plans AS p WHERE EXISTS (SELECT 1 FROM marts.dim_users AS u WHERE u.email = p.email)"
    ),
    "as a field of the outer table under a confusing alias": (
        "SELECT plan FROM marts.dim_users WHERE 'x' IN (SELECT address.street FROM marts.plans AS street)"
    ),
    "in UNION ALL": "SELECT plan FROM marts.plans UNION ALL SELECT email FROM marts.dim_users",
    "in UNION DISTINCT under a subquery": (
        "SELECT COUNT(*) FROM (SELECT email FROM marts.dim_users UNION DISTINCT SELECT plan FROM marts.plans)"
    ),
    "in EXCEPT DISTINCT": "SELECT email FROM marts.plans EXCEPT DISTINCT SELECT email FROM marts.dim_users",
    "in SELECT DISTINCT": "SELECT COUNT(*) FROM (SELECT DISTINCT email, plan FROM marts.dim_users)",
    "in a join's ON": "SELECT p.price FROM marts.plans AS p JOIN marts.dim_users AS u ON u.email = p.email",
    "in a join's USING": "SELECT price FROM marts.plans JOIN marts.dim_users USING (email)",
    "on the other side of a join": "SELECT u.email FROM marts.plans AS p JOIN marts.dim_users AS u ON u.plan = p.plan",
    "in a join's star": "SELECT * FROM marts.plans AS p LEFT JOIN marts.dim_users AS u ON u.plan = p.plan",
    "in PIVOT": "SELECT * FROM marts.dim_users PIVOT (COUNT(user_id) FOR email IN ('secret-one'))",
    "in UNPIVOT": "SELECT v FROM marts.dim_users UNPIVOT (v FOR n IN (email, name))",
    "in the order within an aggregate": "SELECT ARRAY_AGG(plan ORDER BY email LIMIT 1) FROM marts.dim_users",
    "in the order of strings": "SELECT STRING_AGG(plan, ',' ORDER BY email) FROM marts.dim_users",
    "in the choice within an aggregate": "SELECT ANY_VALUE(plan HAVING MAX email) FROM marts.dim_users",
    "in ROLLUP": "SELECT COUNT(*) FROM marts.dim_users GROUP BY ROLLUP (email)",
    "in GROUP BY ALL": "SELECT COUNT(*) FROM (SELECT email, COUNT(*) FROM marts.dim_users GROUP BY ALL)",
    "in CASE": "SELECT CASE WHEN email > 'secret-p' THEN 1 END FROM marts.dim_users",
    "in a replaced star": "SELECT * REPLACE (email AS plan) FROM (SELECT plan, email FROM marts.dim_users)",
    "in a structure": "SELECT STRUCT(email AS x).x FROM marts.dim_users",
    "in UNNEST": "SELECT x FROM marts.dim_users, UNNEST([email]) AS x",
    "in a pipe": "FROM marts.dim_users |> WHERE user_id = 1 |> SELECT email",
    "in the past": (
        "SELECT email FROM marts.dim_users FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 SECOND)"
    ),
    "with a wildcard": "SELECT email FROM `marts.dim_*`",
    "with columns renamed by the alias": "SELECT u.c FROM marts.dim_users AS u(a, b, c)",
    "through a view": "SELECT email FROM marts.all_users",
    "through a view's star": "SELECT * FROM marts.all_users",
    "through a view of a view": "SELECT c FROM marts.renamed",
    "through a view that computes": "SELECT domain FROM marts.domains",
    "through a view that changes names": "SELECT user_id FROM marts.swapped",
    "through an authorized view": "SELECT email FROM marts.authorized",
    "through a table function": "SELECT email FROM marts.users_of('free')",
    "through a function": "SELECT marts.any_email()",
    "through a procedure": "CALL marts.show_emails()",
    "through a temporary function": (
        "CREATE TEMP FUNCTION e() AS ((SELECT MAX(email) FROM marts.dim_users)); SELECT e()"
    ),
    "in a script's variable": "DECLARE e STRING DEFAULT (SELECT MAX(email) FROM marts.dim_users); SELECT e",
    "in a script's SET": "DECLARE e STRING; SET e = (SELECT MAX(email) FROM marts.dim_users); SELECT e",
    "in a script's IF": "IF EXISTS (SELECT 1 FROM marts.dim_users WHERE email = 'x') THEN SELECT 1; END IF",
    "in a script's loop": "FOR r IN (SELECT email FROM marts.dim_users) DO SELECT r.email; END FOR",
    "in dynamic SQL": "EXECUTE IMMEDIATE 'SELECT email FROM marts.dim_users'",
    "in dynamic SQL into a variable": (
        "DECLARE e STRING; EXECUTE IMMEDIATE 'SELECT MAX(email) FROM marts.dim_users' INTO e; SELECT e"
    ),
    "in ASSERT": "ASSERT (SELECT MAX(email) FROM marts.dim_users) = 'x' AS 'no'",
    "into a table": "CREATE TABLE scratch.stolen AS SELECT email FROM marts.dim_users",
    "into a temporary table": "CREATE TEMP TABLE stolen AS SELECT email FROM marts.dim_users; SELECT * FROM stolen",
    "into a view": "CREATE VIEW scratch.stolen AS SELECT email FROM marts.dim_users",
    "into a function": "CREATE FUNCTION scratch.stolen() AS ((SELECT MAX(email) FROM marts.dim_users))",
    "into a table function": "CREATE TABLE FUNCTION scratch.stolen() AS SELECT email FROM marts.dim_users",
    "into a clone": "CREATE TABLE scratch.stolen CLONE marts.dim_users",
    "into a copy": "CREATE TABLE scratch.stolen COPY marts.dim_users",
    "into a snapshot": "CREATE SNAPSHOT TABLE scratch.stolen CLONE marts.dim_users",
    "into a file": "EXPORT DATA OPTIONS (uri = 'gs://none/*.csv', format = 'CSV') AS SELECT email FROM marts.dim_users",
    "with INSERT": "INSERT INTO scratch.kept (user_id, text) SELECT user_id, email FROM marts.dim_users",
    "with INSERT VALUES": "INSERT INTO scratch.kept VALUES (1, (SELECT MAX(email) FROM marts.dim_users))",
    "with UPDATE": "UPDATE scratch.kept AS k SET text = u.email FROM marts.dim_users AS u WHERE u.user_id = k.user_id",
    "with UPDATE's condition": "UPDATE scratch.users SET plan = 'x' WHERE email = 'secret-one'",
    "with DELETE's condition": "DELETE FROM scratch.users WHERE email = 'secret-one'",
    "with MERGE": (
        "MERGE scratch.kept AS k USING marts.dim_users AS u ON u.user_id = k.user_id "
        "WHEN NOT MATCHED THEN INSERT (user_id, text) VALUES (u.user_id, u.email)"
    ),
    "with MERGE's condition": (
        "MERGE scratch.kept AS k USING marts.dim_users AS u ON u.user_id = k.user_id AND u.email = 'x' "
        "WHEN MATCHED THEN DELETE"
    ),
    "with MERGE's rows": "MERGE scratch.users USING marts.dim_users AS u ON FALSE WHEN NOT MATCHED THEN INSERT ROW",
}

# Not BigQuery, but DuckDB under it: each would show the column if it got through.
IMPOSSIBLE = {
    "columns by pattern": "SELECT COLUMNS('ema.*') FROM marts.dim_users",
    "columns by star": "SELECT MAX(COLUMNS(*)) FROM marts.dim_users",
    "a field of the row": "SELECT struct_extract(u, 'email') FROM marts.dim_users AS u",
    "a query in text": "SELECT * FROM query('SELECT email FROM marts.dim_users')",
    "a table in text": "SELECT * FROM query_table('marts.dim_users')",
    "a query as JSON": (
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT email FROM marts.dim_users'))"
    ),
    "a name that is a CTE elsewhere": (
        "SELECT email FROM dim_users WHERE EXISTS (WITH dim_users AS (SELECT 1 AS x) SELECT x FROM dim_users)"
    ),
    "a name that is a CTE later": (
        "WITH RECURSIVE a AS (SELECT email FROM dim_users), dim_users AS (SELECT 'x' AS email) SELECT * FROM a"
    ),
    "a view's name that is a CTE later": (
        "WITH RECURSIVE a AS (SELECT email FROM all_users), all_users AS (SELECT 'x' AS email) SELECT * FROM a"
    ),
    "an alias used in the same list": "SELECT y FROM (SELECT email AS x, x || '' AS y FROM marts.dim_users)",
    "a free name in a function": "CREATE TEMP FUNCTION f() AS (email); SELECT f() FROM marts.dim_users",
    "a free name under an array": (
        "CREATE TEMP FUNCTION f() AS ((SELECT MAX(email) FROM UNNEST([1]) AS i)); SELECT f() FROM marts.dim_users"
    ),
    "a free name in a stored function": (
        "CREATE FUNCTION scratch.free_name() AS (email); SELECT scratch.free_name() FROM marts.dim_users"
    ),
    "a query in an option": (
        "CREATE TABLE scratch.described (x INT64) OPTIONS (description = (SELECT MAX(email) FROM marts.dim_users))"
    ),
    "a query in a default": "CREATE TABLE scratch.d (x STRING DEFAULT (SELECT MAX(email) FROM marts.dim_users))",
    "a command": "EXPLAIN ANALYZE SELECT email FROM marts.dim_users",
    "a description": "DESCRIBE marts.dim_users",
    "a copy to a file": "COPY marts.dim_users TO 'stolen.csv'",
    "a column that is there twice": ("SELECT * EXCEPT (email, name, address) FROM (SELECT *, * FROM marts.dim_users)"),
    "an error": "SELECT user_id FROM (SELECT user_id, ERROR(email) AS e FROM marts.dim_users)",
    "an error in a cast": "SELECT COUNT(*) FROM (SELECT CAST(email AS INT64) AS e FROM marts.dim_users)",
    "a lateral subquery": "SELECT x FROM marts.dim_users AS u, (SELECT u.email AS x) AS s",
    "the database's own tables": "SELECT * FROM emulator.main.jobs",
    "the lake's own tables": "SELECT * FROM `__ducklake_metadata_koe-sandbox`.main.ducklake_column",
    "results by name": "SELECT * FROM `emulator`._results.x",
}

ALLOWED = {
    "columns": "SELECT user_id, plan FROM marts.dim_users",
    "all but the protected": "SELECT * EXCEPT (email, name, address) FROM marts.dim_users",
    "a star that replaces the protected": (
        "SELECT * REPLACE ('x' AS email, 'y' AS name, address.city AS address) FROM marts.dim_users"
    ),
    "a field beside a protected one": "SELECT address.city FROM marts.dim_users",
    "a count of rows": "SELECT COUNT(*) FROM marts.dim_users",
    "a count of another column": "SELECT COUNT(DISTINCT plan) FROM marts.dim_users",
    "an EXISTS": "SELECT EXISTS (SELECT 1 FROM marts.dim_users WHERE plan = 'free')",
    "a column through a subquery's star": "SELECT user_id FROM (SELECT * FROM marts.dim_users)",
    "a column of a CTE's star": "WITH u AS (SELECT * FROM marts.dim_users) SELECT plan, COUNT(*) FROM u GROUP BY 1",
    "a column through a view's star": "SELECT plan FROM marts.all_users WHERE user_id = 1 ORDER BY plan",
    "a view of open columns": "SELECT * FROM marts.user_plans",
    "an open column of a view that renames": "SELECT b FROM marts.renamed",
    "an authorized view": "SELECT user_id, plan FROM marts.authorized",
    "a protected name in another table": "SELECT email FROM marts.plans",
    "a protected name as an alias": "SELECT plan AS email FROM marts.dim_users ORDER BY email",
    "a protected name of the inner table": (
        "SELECT user_id, (SELECT MAX(email) FROM marts.plans) AS e FROM marts.dim_users"
    ),
    "a join": "SELECT u.plan, p.price, p.email FROM marts.dim_users AS u LEFT JOIN marts.plans AS p USING (plan)",
    "a window": "SELECT user_id, ROW_NUMBER() OVER (PARTITION BY plan ORDER BY user_id) AS n FROM marts.dim_users",
    "an array": "SELECT x FROM marts.dim_users, UNNEST([plan, address.city]) AS x",
    "a table function's open column": "SELECT plan FROM marts.users_of('free')",
    "the past": (
        "SELECT plan FROM marts.dim_users FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 0 SECOND)"
    ),
    "a wildcard": "SELECT plan, _TABLE_SUFFIX AS s FROM `marts.dim_*`",
    "a pipe": "FROM marts.dim_users |> WHERE plan = 'free' |> SELECT user_id",
    "a question of Metabase": (
        "SELECT `source`.`plan` AS `plan`, COUNT(*) AS `count` FROM (SELECT `marts.dim_users`.`plan` AS `plan`, "
        "`marts.dim_users`.`created_on` AS `created_on` FROM `marts.dim_users`) AS `source` "
        "WHERE `source`.`created_on` >= DATE '2026-01-01' GROUP BY `plan` ORDER BY `plan` ASC LIMIT 2000"
    ),
    "a query of dbt": (
        "with source as (select * from `koe-sandbox`.`marts`.`dim_users`), final as (select user_id, plan, "
        "row_number() over (partition by user_id order by created_on desc) as rank from source) "
        "select * from final where rank = 1"
    ),
    "a test of dbt": (
        "select count(*) as failures, count(*) != 0 as should_warn from ("
        "select user_id from marts.dim_users where user_id is null) as dbt_internal_test"
    ),
    "a table": "CREATE OR REPLACE TABLE scratch.plans AS SELECT user_id, plan FROM marts.dim_users",
    "a view": "CREATE OR REPLACE VIEW scratch.plans_view AS SELECT user_id, plan FROM marts.all_users",
    "an insert of protected values": ("INSERT INTO scratch.users (user_id, plan, email) VALUES (3, 'free', 'mine')"),
    "an update of a protected value": "UPDATE scratch.users SET email = 'mine' WHERE user_id = 3",
    "a merge": (
        "MERGE scratch.kept AS k USING marts.dim_users AS u ON u.user_id = k.user_id "
        "WHEN MATCHED THEN UPDATE SET text = u.plan "
        "WHEN NOT MATCHED THEN INSERT (user_id, text) VALUES (u.user_id, u.plan)"
    ),
    "a script": "DECLARE n INT64 DEFAULT (SELECT COUNT(*) FROM marts.dim_users); SELECT n",
    "a script's structure": "FOR r IN (SELECT plan FROM marts.dim_users) DO SELECT r.plan; END FOR",
    "nothing": "SELECT 1 AS one",
}


def config(**values: object) -> bigquery.QueryJobConfig:
    return bigquery.QueryJobConfig(default_dataset="koe-sandbox.marts", **values)


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_a_protected_column_is_refused(analyst: bigquery.Client, sql: str) -> None:
    with pytest.raises(Forbidden, match="fine-grained reader") as refusal:
        analyst.query_and_wait(sql, job_config=config())
    assert any(column in str(refusal.value) for column in ("users.email", "users.name", "users.address.street"))


@pytest.mark.parametrize("sql", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_duckdb_would_understand_does_not_get_through(analyst: bigquery.Client, sql: str) -> None:
    with pytest.raises(ClientError) as refusal:
        analyst.query_and_wait(sql, job_config=config())
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("sql", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_open_is_not_refused(analyst: bigquery.Client, sql: str) -> None:
    rows = [str(tuple(row)) for row in analyst.query_and_wait(sql, job_config=config())]
    assert "secret" not in "".join(rows)


def test_a_dry_run_is_refused_too(analyst: bigquery.Client) -> None:
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        analyst.query("SELECT email FROM marts.dim_users", job_config=config(dry_run=True))


def test_the_platform_reads_protected_columns(platform: bigquery.Client) -> None:
    rows = platform.query_and_wait("SELECT email, address.street FROM marts.dim_users ORDER BY user_id")
    assert [tuple(row) for row in rows] == [("secret-one", "secret-street"), ("secret-two", "secret-street")]


@pytest.mark.parametrize(
    "expression",
    ["email.lower()", "u.email.lower()", "`email`.len()", "u.email.upper().lower()", "concat(email.lower(), '')"],
)
@pytest.mark.parametrize(
    "query", ["SELECT {} FROM {}", "SELECT user_id FROM {1} ORDER BY {0}", "SELECT MAX({}) FROM {}"]
)
def test_a_column_has_no_methods(analyst: bigquery.Client, expression: str, query: str) -> None:
    with pytest.raises(ClientError, match=r"Function not found|policy tag"):
        analyst.query_and_wait(query.format(expression, "marts.dim_users AS u"))


@pytest.mark.parametrize("call", ["version()", "current_setting('temp_directory')", "getvariable('x')"])
def test_what_only_duckdb_has_is_not_there(analyst: bigquery.Client, call: str) -> None:
    with pytest.raises(ClientError, match="Function not found"):
        analyst.query_and_wait(f"SELECT {call} FROM marts.plans")
