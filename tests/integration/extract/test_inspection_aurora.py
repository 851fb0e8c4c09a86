"""Looking at tables of Aurora, on a real PostgreSQL and a real MariaDB."""

import datetime

import pytest

from extract.errors import Terminal, Transient
from extract.inspection import aurora
from extract.inspection.aurora_mysql import mysql
from extract.inspection.aurora_postgres import postgres
from extract.inspection.found import ROWS, Found
from tests.integration.extract.mariadb import MariaDB
from tests.integration.extract.support import Cloud


def types(found: Found) -> dict[str, str]:
    return {column.name: column.data_type for column in found.columns}


def look(cloud: Cloud, relation: str, *key: str) -> Found:
    return aurora.inspect(postgres, cloud.reader(), relation, key, cloud.report.append)


def test_postgresqls_columns_have_the_types_that_staging_decodes(cloud: Cloud) -> None:
    name = cloud.name("looked")
    cloud.sql(
        f"CREATE DOMAIN {name}_price AS numeric(12, 2)",
        f"CREATE TYPE {name}_mood AS ENUM ('calm')",
        f"""CREATE TABLE {name} (
            id bigint PRIMARY KEY, "createdAt" timestamptz, plain timestamp, born date, until date, at time,
            gap interval, price {name}_price, free numeric, fine numeric, wild numeric, wide numeric(60, 0), ratio real,
            ok boolean, raw bytea, mood {name}_mood, doc jsonb, ids integer[], tags text[], holes text[],
            flags boolean[], uid uuid, "order" smallint)""",
        f"""INSERT INTO {name} VALUES (1, now(), now(), '2026-01-01', 'infinity', '10:00', '1 day', 1.5, 1.5,
            0.1234567891, 'NaN', 1, 0.5, true, 'x', 'calm', '{{"contact": {{"email": "a@example.com"}}}}', '{{1,2}}',
            '{{"a,b"}}', '{{a,NULL}}', '{{t}}', gen_random_uuid(), 3)""",
    )
    found = look(cloud, f"public.{name}")
    assert types(found) == {
        "id": "INT64",
        "created_at": "TIMESTAMP",
        "plain": "DATETIME",
        "born": "DATE",
        "until": "STRING",
        "at_": "TIME",
        "gap": "STRING",
        "price": "NUMERIC",
        "free": "NUMERIC",
        "fine": "BIGNUMERIC",
        "wild": "STRING",
        "wide": "STRING",
        "ratio": "FLOAT64",
        "ok": "BOOL",
        "raw": "BYTES",
        "mood": "STRING",
        "doc": "JSON",
        "ids": "ARRAY<INT64>",
        "tags": "ARRAY<STRING>",
        "holes": "STRING",
        "flags": "ARRAY<STRING>",
        "uid": "STRING",
        "order_": "INT64",
    }
    columns = {column.name: column for column in found.columns}
    assert columns["order_"].path == ("order",)
    assert columns["until"].remark == "text, for some values are no DATE"
    assert columns["doc"].personal == (
        "doc.contact.email: its name says a mail address",
        "doc.contact.email: all values look like mail addresses",
    )


def test_comments_keys_and_the_instant_of_the_last_change_come_from_the_catalogue(cloud: Cloud) -> None:
    name = cloud.name("told")
    cloud.sql(
        f"CREATE TABLE {name} (b int, a int, phone text, modified_at timestamptz, updated_at timestamptz NOT NULL,"
        " PRIMARY KEY (a, b))",
        f"COMMENT ON TABLE {name} IS 'What was told.'",
        f"COMMENT ON COLUMN {name}.phone IS 'Where to call.'",
    )
    found = look(cloud, f"public.{name}")
    assert (found.comment, found.key, found.cursor, found.rows) == ("What was told.", ("a", "b"), "updated_at", 0)
    [phone] = [column for column in found.columns if column.name == "phone"]
    assert (phone.comment, phone.personal) == ("Where to call.", ("its name says a phone number",))


def test_what_has_no_primary_key_has_a_unique_one_without_nulls_or_the_one_that_is_named(cloud: Cloud) -> None:
    name = cloud.name("keyless")
    cloud.sql(
        f"CREATE TABLE {name} (a int NOT NULL, b int NOT NULL, c int)",
        f"INSERT INTO {name} VALUES (1, 1, 1), (1, 2, 2)",
        f"CREATE UNIQUE INDEX ON {name} (c)",
        f"CREATE UNIQUE INDEX ON {name} (b) WHERE a > 1",
        f"CREATE VIEW {name}_view AS SELECT * FROM {name}",
    )
    assert look(cloud, f"public.{name}").key == ()
    view = look(cloud, f"public.{name}_view", "a", "b")
    assert (view.key, view.is_exported) == (("a", "b"), False)
    with pytest.raises(Terminal, match="a is no key"):
        look(cloud, f"public.{name}", "a")
    cloud.sql(f"CREATE UNIQUE INDEX ON {name} (b, a)")
    assert (look(cloud, f"public.{name}").key, look(cloud, f"public.{name}").is_exported) == (("b", "a"), True)


def test_a_relation_that_is_not_there_is_answered_with_those_that_are_like_it(cloud: Cloud) -> None:
    name = cloud.name("orders")
    cloud.sql(f"CREATE TABLE {name} (id int PRIMARY KEY)")
    with pytest.raises(Terminal, match=rf"koe has no public\.{name}s that we may see; near it: public\.{name}"):
        look(cloud, f"public.{name}s")


def test_a_column_that_exports_cannot_take_is_told(cloud: Cloud) -> None:
    name = cloud.name("spaced")
    cloud.sql(f'CREATE TABLE {name} (id int PRIMARY KEY, "full name" text)')
    with pytest.raises(Terminal, match="the name of column 'full name' has a character that is not supported"):
        look(cloud, f"public.{name}")


def test_a_sample_that_takes_too_long_is_done_without(cloud: Cloud) -> None:
    name = cloud.name("slow")
    cloud.sql(f"CREATE VIEW {name} AS SELECT n AS id, pg_sleep(5)::text AS waited FROM generate_series(1, 3) AS n")
    reader = cloud.reader(statement_timeout=datetime.timedelta(milliseconds=300))
    found = aurora.inspect(postgres, reader, f"public.{name}", (), cloud.report.append)
    assert (types(found), found.rows) == ({"id": "INT64", "waited": "STRING"}, None)
    assert "judged without a sample" in found.remarks[0]


def test_no_more_rows_than_a_sample_are_read(cloud: Cloud) -> None:
    name = cloud.name("many")
    cloud.sql(f"CREATE TABLE {name} AS SELECT n AS id FROM generate_series(1, {ROWS + 200}) AS n")
    assert look(cloud, f"public.{name}", "id").rows == ROWS


def test_a_database_that_refuses_or_is_away_is_told_in_a_line(cloud: Cloud) -> None:
    for changes, kind, problem in (
        ({"user": "nobody"}, Terminal, "PostgreSQL refused"),
        ({"port": 9}, Transient, "PostgreSQL did not answer"),
    ):
        with pytest.raises(kind, match=problem) as refused:
            aurora.inspect(postgres, cloud.reader(**changes), "public.users", (), cloud.report.append)
        assert "\n" not in str(refused.value)


def test_mysqls_columns_have_the_types_that_staging_decodes(cloud: Cloud, mariadb: MariaDB) -> None:
    mariadb.sql(
        "DROP TABLE IF EXISTS looked",
        """CREATE TABLE looked (id int unsigned AUTO_INCREMENT PRIMARY KEY, big bigint unsigned, small tinyint(1),
            price decimal(12, 2), wide decimal(65, 0), ratio float, born date, until date, at time, long_at time,
            made datetime, updated_at timestamp NOT NULL COMMENT 'Last change.', kind enum('a', 'b'), bits bit(3),
            raw blob, email varchar(100), `order` int) COMMENT 'Looked at.'""",
        """INSERT INTO looked VALUES (1, 1, 1, 1.5, 1, 0.5, '2026-01-01', '0000-00-00', '10:00:00', '100:00:00',
            now(), now(), 'a', b'101', 'x', 'a@example.com', 1)""",
    )
    found = aurora.inspect(mysql, mariadb.reader(), "koe.looked", (), cloud.report.append)
    assert types(found) == {
        "id": "INT64",
        "big": "NUMERIC",
        "small": "INT64",
        "price": "NUMERIC",
        "wide": "STRING",
        "ratio": "FLOAT64",
        "born": "DATE",
        "until": "STRING",
        "at_": "TIME",
        "long_at": "STRING",
        "made": "TIMESTAMP",
        "updated_at": "TIMESTAMP",
        "kind": "STRING",
        "bits": "BYTES",
        "raw": "BYTES",
        "email": "STRING",
        "order_": "INT64",
    }
    assert (found.comment, found.key, found.cursor, found.rows) == ("Looked at.", ("id",), "updated_at", 1)
    columns = {column.name: column for column in found.columns}
    assert columns["updated_at"].comment == "Last change."
    assert [name for name, column in columns.items() if column.personal] == ["email"]


def test_mysqls_views_and_unique_keys(cloud: Cloud, mariadb: MariaDB) -> None:
    mariadb.sql(
        "DROP TABLE IF EXISTS coded",
        "CREATE TABLE coded (a int NOT NULL, b varchar(50) NOT NULL, c int, UNIQUE (c), UNIQUE (b(3)), UNIQUE (a, b))",
        "CREATE OR REPLACE VIEW coded_view AS SELECT * FROM coded",
    )
    found = aurora.inspect(mysql, mariadb.reader(), "koe.coded", (), cloud.report.append)
    assert (found.key, found.comment, found.is_exported) == (("a", "b"), "", True)
    view = aurora.inspect(mysql, mariadb.reader(), "koe.coded_view", ("a",), cloud.report.append)
    assert (view.key, view.comment, view.is_exported) == (("a",), "", False)
    with pytest.raises(Terminal, match=r"koe has no koe\.coder that we may see; near it: koe\.coded"):
        aurora.inspect(mysql, mariadb.reader(), "koe.coder", (), cloud.report.append)
