"""Masked reading: the masked analyst sees hashes of columns tagged `pii`, whatever he asks, and no others."""

import base64
import datetime
import hashlib
import json
import urllib.request
from decimal import Decimal
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, ClientError, Forbidden
from google.cloud import bigquery, storage

from tests.integration.bigquery.access_fixtures import ANALYST, MASKED, PLATFORM, PROJECT, Gateway, tag, token
from tests.integration.bigquery.access_warehouse import grant, protected
from tests.integration.bigquery.tables import select
from tests.integration.bigquery.test_column_access import ALLOWED, IMPOSSIBLE, REFUSED, config

pytest_plugins = ["tests.integration.bigquery.access_warehouse"]


def hashed(value: str) -> str:
    return base64.b64encode(hashlib.sha256(value.encode()).digest()).decode()


ONE, TWO, NAME, STREET = (hashed(f"secret-{value}") for value in ("one", "two", "name", "street"))
ROW = {"user_id": 1, "plan": "free", "email": ONE, "name": NAME, "address": {"city": "Tokyo", "street": STREET}}
MASKED_READS: dict[str, tuple[str, list[Any]]] = {
    "by name": ("SELECT EMAIL FROM marts.dim_users ORDER BY user_id", [(ONE,), (TWO,)]),
    "qualified by the dataset": (
        "SELECT marts.dim_users.email FROM `koe-sandbox.marts.dim_users` WHERE dim_users.user_id = 1",
        [(ONE,)],
    ),
    "under an alias": ("SELECT u.email AS e FROM marts.dim_users AS u WHERE u.user_id = 1", [(ONE,)]),
    "with everything": (
        "SELECT * FROM marts.dim_users WHERE user_id = 1",
        [(*ROW.values(), datetime.date(2026, 11, 1))],
    ),
    "as a row": ("SELECT u.email FROM (SELECT u FROM marts.dim_users AS u) WHERE u.user_id = 1", [(ONE,)]),
    "as JSON": (
        "SELECT TO_JSON_STRING(u) FROM marts.dim_users AS u WHERE user_id = 1",
        [(json.dumps(ROW | {"created_on": "2026-11-01"}, separators=(",", ":")),)],
    ),
    "in a record": (
        "SELECT address.street, address FROM marts.dim_users WHERE user_id = 1",
        [(STREET, ROW["address"])],
    ),
    "in WHERE": (f"SELECT user_id FROM marts.dim_users WHERE email = '{ONE}'", [(1,)]),
    "in WHERE, in clear": ("SELECT user_id FROM marts.dim_users WHERE email = 'secret-one'", []),
    "in a function": ("SELECT SUBSTR(email, 1, 4) FROM marts.dim_users WHERE user_id = 2", [(TWO[:4],)]),
    "in groups": ("SELECT name, COUNT(*) FROM marts.dim_users GROUP BY name", [(NAME, 2)]),
    "in a join": (
        "SELECT a.user_id, b.user_id FROM marts.dim_users AS a JOIN marts.all_users AS b USING (email) ORDER BY 1",
        [(1, 1), (2, 2)],
    ),
    "in a union": (
        "SELECT email FROM marts.dim_users UNION DISTINCT SELECT c FROM marts.renamed ORDER BY 1",
        sorted([(ONE,), (TWO,)]),
    ),
    "in UNNEST": ("SELECT x FROM marts.dim_users, UNNEST([email]) AS x WHERE user_id = 1", [(ONE,)]),
    "in a CTE of the table's name": (
        "WITH dim_users AS (SELECT * FROM dim_users) SELECT email FROM dim_users WHERE user_id = 1",
        [(ONE,)],
    ),
    "in a correlated subquery": (
        "SELECT (SELECT u.email FROM marts.plans AS p WHERE p.plan = u.plan) FROM dim_users AS u WHERE user_id = 1",
        [(ONE,)],
    ),
    "in the past": (
        "SELECT email FROM marts.dim_users FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP() WHERE user_id = 1",
        [(ONE,)],
    ),
    "through views": ("SELECT c FROM marts.renamed WHERE a = 2", [(TWO,)]),
    "through a view that computes": ("SELECT domain FROM marts.domains WHERE user_id = 2", [(TWO,)]),
    "through a view that changes names": ("SELECT email, user_id FROM marts.swapped WHERE email = 1", [(1, ONE)]),
    "through an authorized view": ("SELECT email FROM marts.authorized WHERE user_id = 1", [(ONE,)]),
    "through a procedure": ("CALL marts.show_emails()", [(ONE,), (TWO,)]),
    "in a script": ("DECLARE e STRING; SET e = (SELECT MIN(email) FROM dim_users); SELECT e", [(min(ONE, TWO),)]),
    "in dynamic SQL": ("EXECUTE IMMEDIATE 'SELECT email FROM dim_users WHERE user_id = 1'", [(ONE,)]),
    "in a temporary table": (
        "CREATE TEMP TABLE mine AS SELECT email FROM dim_users WHERE user_id = 1; SELECT * FROM mine",
        [(ONE,)],
    ),
}


@pytest.mark.parametrize(("sql", "rows"), MASKED_READS.values(), ids=MASKED_READS.keys())
def test_a_masked_reader_reads_hashes(masked: bigquery.Client, sql: str, rows: list[Any]) -> None:
    assert [tuple(row.values()) for row in masked.query_and_wait(sql, job_config=config())] == rows


WRITES = ("into ", "with ")
EVERYTHING = {name: sql for name, sql in (REFUSED | IMPOSSIBLE | ALLOWED).items() if not name.startswith(WRITES)}


@pytest.mark.parametrize("sql", EVERYTHING.values(), ids=EVERYTHING.keys())
def test_no_statement_shows_more_to_a_masked_reader(masked: bigquery.Client, sql: str) -> None:
    try:
        seen = str([tuple(row.values()) for row in masked.query_and_wait(sql, job_config=config())])
    except ClientError as error:
        seen = str(error)
    assert "secret" not in seen


NEED_CLEAR = [
    *(sql for name, sql in REFUSED.items() if name.startswith(("with UPDATE", "with DELETE", "with MERGE"))),
    *(REFUSED[name] for name in ("into a clone", "into a snapshot", "into a function", "with a wildcard")),
    *(REFUSED[f"through a {kind}function"] for kind in ("", "table ", "temporary ")),
]


@pytest.mark.parametrize("sql", NEED_CLEAR)
def test_some_statements_need_the_column_in_clear(masked: bigquery.Client, sql: str) -> None:
    with pytest.raises(Forbidden, match="fine-grained reader"):
        masked.query_and_wait(sql, job_config=config())


def test_what_a_masked_reader_writes_is_masked(
    masked: bigquery.Client, platform: bigquery.Client, bucket: storage.Bucket
) -> None:
    masked.query_and_wait("CREATE TABLE scratch.hashes AS SELECT email FROM marts.dim_users WHERE user_id = 1")
    masked.query_and_wait("INSERT INTO scratch.hashes SELECT email FROM marts.all_users WHERE user_id = 2")
    destination = bigquery.QueryJobConfig(destination=f"{PROJECT}.scratch.results")
    masked.query_and_wait("SELECT email FROM marts.dim_users WHERE user_id = 1", job_config=destination)
    uri = f"gs://{bucket.name}/statement/*.csv"
    masked.query_and_wait(
        f"EXPORT DATA OPTIONS (uri = '{uri}', format = 'CSV') AS SELECT email FROM marts.dim_users WHERE user_id = 1"
    )
    assert sorted(select(platform, "SELECT email FROM scratch.hashes")) == sorted([(ONE,), (TWO,)])
    assert select(platform, "SELECT email FROM scratch.results") == [(ONE,)]
    assert platform.get_table("scratch.hashes").schema[0].policy_tags is None
    exported = [blob.download_as_text() for blob in bucket.list_blobs()]
    assert ["secret" in text for text in exported] == [False] and ONE in exported[0]


def test_an_extract_is_masked(masked: bigquery.Client, bucket: storage.Bucket) -> None:
    job = bigquery.ExtractJobConfig(destination_format="NEWLINE_DELIMITED_JSON")
    masked.extract_table("marts.dim_users", f"gs://{bucket.name}/users.json", job_config=job).result()
    lines = bucket.blob("users.json").download_as_text().splitlines()
    assert sorted(json.loads(line)["email"] for line in lines) == sorted([ONE, TWO])


def test_copies_and_the_preview_need_the_columns_in_clear(masked: bigquery.Client) -> None:
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        masked.copy_table("marts.dim_users", f"{PROJECT}.scratch.copied").result()
    table = masked.get_table("marts.dim_users")
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        list(masked.list_rows(table))
    assert len(list(masked.list_rows(table, selected_fields=table.schema[:2]))) == 2


def test_a_view_keeps_its_query_and_masks_for_who_reads_it(
    masked: bigquery.Client, platform: bigquery.Client, analyst: bigquery.Client
) -> None:
    masked.query_and_wait("CREATE VIEW scratch.by_statement AS SELECT email FROM marts.dim_users WHERE user_id = 1")
    view = bigquery.Table(f"{PROJECT}.scratch.by_request")
    view.view_query = "SELECT email FROM marts.dim_users WHERE user_id = 1"
    masked.create_table(view)
    for name in ("by_statement", "by_request"):
        assert select(platform, f"SELECT email FROM scratch.{name}") == [("secret-one",)]
        assert select(masked, f"SELECT email FROM scratch.{name}") == [(ONE,)]
        with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
            analyst.query_and_wait(f"SELECT email FROM scratch.{name}")


@pytest.fixture(scope="module")
def rules(warehouse: Gateway) -> bigquery.Client:
    """`rules.t`: a row of values and a row of nulls; a column for each rule and type, and some that nobody may read."""
    client = warehouse.client(PLATFORM)
    client.create_dataset("rules")
    columns = {
        "n INT64": ("1", "2"),
        "hash STRING|pii": ("'a@koe.example'", "NULL"),
        "bytes BYTES|pii": ("b'a'", "NULL"),
        "address STRING|address": ("'someone@koe.example'", "'no address'"),
        "last STRING|last": ("'1234567'", "'1234'"),
        "first STRING|first": ("'1234567'", "NULL"),
        "day DATE|year": ("DATE '2026-11-22'", "NULL"),
        "at TIMESTAMP|year": ("TIMESTAMP '2026-11-22 10:00:00+00'", "NULL"),
        "text STRING|default": ("'x'", "NULL"),
        "number NUMERIC|default": ("1.5", "NULL"),
        "flag BOOL|default": ("TRUE", "NULL"),
        "date DATE|default": ("DATE '2026-11-22'", "NULL"),
        "nothing INT64|none": ("7", "8"),
        "account INT64|pii": ("9", "9"),
        "born DATE|pii": ("DATE '1990-01-01'", "NULL"),
        "words ARRAY|pii": ("['secret']", "['secret']"),
        "inner ARRAY": ("[STRUCT('secret' AS x)]", "[STRUCT('secret' AS x)]"),
        "amount INT64|financial": ("100", "100"),
        "note STRING|restricted": ("'secret'", "'secret'"),
    }
    schema = []
    for column in columns:
        (name, kind), _, protection = column.partition("|")[0].split(), "", column.partition("|")[2]
        if name == "inner":
            schema.append(bigquery.SchemaField(name, "RECORD", "REPEATED", fields=[protected("x")]))
        elif kind == "ARRAY":
            tags = bigquery.PolicyTagList([tag(protection)])
            schema.append(bigquery.SchemaField(name, "STRING", "REPEATED", policy_tags=tags))
        else:
            schema.append(protected(name, kind, protection) if protection else bigquery.SchemaField(name, kind))
    client.create_table(bigquery.Table(f"{PROJECT}.rules.t", schema))
    for row in range(2):
        client.query_and_wait(f"INSERT INTO rules.t VALUES ({', '.join(values[row] for values in columns.values())})")
    for member in (ANALYST, MASKED):
        grant(client, "rules", bigquery.AccessEntry("READER", "userByEmail", member))
    return warehouse.client(MASKED)


def test_each_rule_masks_as_documented(rules: bigquery.Client) -> None:
    columns = "hash, bytes, address, last, first, day, at, text, number, flag, date, nothing"
    one, two = select(rules, f"SELECT {columns} FROM rules.t ORDER BY n")
    epoch, year = datetime.date(1970, 1, 1), datetime.date(2026, 1, 1)
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert one == (
        hashed("a@koe.example"), hashlib.sha256(b"a").digest(), "XXXXX@koe.example", "XXXXX4567", "1234XXXXX",
        year, start, "", Decimal(0), False, epoch, None,
    )  # fmt: skip
    short = (hashed("no address"), hashed("1234"))
    assert two == (None, None, *short, None, None, None, "", Decimal(0), False, epoch, None)


@pytest.mark.parametrize("column", ["account", "born", "words", "`inner`", "amount", "note"])
def test_a_column_without_a_rule_that_fits_is_refused(rules: bigquery.Client, column: str) -> None:
    with pytest.raises(Forbidden, match=r"on column koe-sandbox\.rules\.t\."):
        rules.query_and_wait(f"SELECT {column} FROM rules.t")
    assert select(rules, "SELECT n FROM rules.t ORDER BY n") == [(1,), (2,)]


def test_who_has_no_role_is_refused_and_the_platform_reads_in_clear(
    masked: bigquery.Client, analyst: bigquery.Client, platform: bigquery.Client
) -> None:
    sql = "SELECT email FROM marts.dim_users WHERE user_id = 1"
    for _ in range(2):  # one caller's result is never another's
        assert select(masked, sql) == [(ONE,)]
        with pytest.raises(Forbidden, match="neither fine-grained reader nor masked get permission"):
            analyst.query_and_wait(sql)
        assert select(platform, sql) == [("secret-one",)]


def call(gateway: Gateway, email: str, path: str, method: str = "GET") -> Any:
    request = urllib.request.Request(
        f"{gateway.url}/v1/projects/{PROJECT}/locations/us/dataPolicies{path}", method=method
    )
    request.add_header("Authorization", f"Bearer {token({'email': email})}")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_the_data_policies_are_listed(warehouse: Gateway) -> None:
    listed = {policy["dataPolicyId"]: policy for policy in call(warehouse, PLATFORM, "")["dataPolicies"]}
    assert listed["pii_masked"]["policyTag"] == tag("pii")
    assert listed["pii_masked"]["dataMaskingPolicy"] == {"predefinedExpression": "SHA256"}
    assert call(warehouse, PLATFORM, "/pii_masked") == listed["pii_masked"]
    [binding] = call(warehouse, PLATFORM, "/pii_masked:getIamPolicy", "POST")["bindings"]
    assert binding == {"role": "roles/bigquerydatapolicy.maskedReader", "members": [f"serviceAccount:{MASKED}"]}
    with pytest.raises(urllib.error.HTTPError, match="403"):
        call(warehouse, MASKED, "")
    with pytest.raises(urllib.error.HTTPError, match="501"):
        call(warehouse, PLATFORM, "", "POST")


def test_an_unknown_column_is_still_unknown(masked: bigquery.Client) -> None:
    with pytest.raises(BadRequest, match="nonesuch"):
        masked.query_and_wait("SELECT nonesuch FROM marts.dim_users")
