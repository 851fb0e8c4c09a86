"""Column-level access outside SELECT statements: copies, extracts, table reads, streaming, other people's results."""

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound
from google.cloud import bigquery

from tests.integration.bigquery.access_fixtures import ANALYST, PLATFORM, PROJECT, Gateway, tag
from tests.integration.bigquery.access_warehouse import protected, users

pytest_plugins = ["tests.integration.bigquery.access_warehouse"]

LOADED = [{"user_id": 5, "plan": "free", "email": "mine"}]


@pytest.fixture(scope="module", autouse=True)
def shared(platform: bigquery.Client) -> None:
    """A table that the analyst may change, with protected columns."""
    platform.create_table(users("scratch.shared"))
    platform.query_and_wait("INSERT INTO scratch.shared (user_id, plan, email) VALUES (1, 'free', 'secret-one')")


def field(client: bigquery.Client, table: str, name: str) -> bigquery.SchemaField:
    return next(item for item in client.get_table(table).schema if item.name == name)


def test_a_copy_of_a_table_with_protected_columns_is_refused(analyst: bigquery.Client) -> None:
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        analyst.copy_table("marts.dim_users", f"{PROJECT}.scratch.copied").result()


def test_a_copy_of_an_open_table_is_allowed(analyst: bigquery.Client) -> None:
    analyst.copy_table("marts.plans", f"{PROJECT}.scratch.plans_copied").result()
    assert analyst.get_table("scratch.plans_copied").num_rows == 1


@pytest.mark.parametrize("operation", ["SNAPSHOT", "CLONE"])
def test_a_copy_job_that_clones_is_refused(analyst: bigquery.Client, operation: str) -> None:
    config = bigquery.CopyJobConfig(operation_type=operation)
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        analyst.copy_table("marts.dim_users", f"{PROJECT}.scratch.cloned", job_config=config).result()


def test_a_copy_of_the_past_is_refused(analyst: bigquery.Client) -> None:
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        analyst.copy_table("marts.dim_users@-1000", f"{PROJECT}.scratch.copied").result()


def test_an_extract_of_a_table_with_protected_columns_is_refused(analyst: bigquery.Client) -> None:
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        analyst.extract_table("marts.dim_users", "gs://none/users-*.csv").result()


def test_table_rows_are_refused_with_protected_columns_and_shown_without(analyst: bigquery.Client) -> None:
    table = analyst.get_table("marts.dim_users")
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        list(analyst.list_rows(table))
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.address\.street"):
        list(analyst.list_rows(table, selected_fields=[item for item in table.schema if item.name == "address"]))
    rows = analyst.list_rows(table, selected_fields=table.schema[:2])
    assert [tuple(row) for row in rows] == [(1, "free"), (2, "studio")]


def test_the_rows_of_a_view_are_refused_like_those_of_its_table(analyst: bigquery.Client) -> None:
    schema = [bigquery.SchemaField("email", "STRING")]
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        list(analyst.list_rows("marts.all_users", selected_fields=schema))


def test_streaming_into_a_protected_column_needs_no_right_to_read_it(analyst: bigquery.Client) -> None:
    assert analyst.insert_rows_json("scratch.shared", [{"user_id": 4, "email": "mine"}]) == []
    with pytest.raises(Forbidden, match=r"scratch\.shared\.email"):
        analyst.query_and_wait("SELECT email FROM scratch.shared WHERE user_id = 4")


def test_loading_into_a_protected_column_needs_no_right_to_read_it(analyst: bigquery.Client) -> None:
    kept = [item for item in analyst.get_table("scratch.shared").schema if item.name in LOADED[0]]
    columns = [bigquery.SchemaField(item.name, item.field_type) for item in kept]
    config = bigquery.LoadJobConfig(schema=columns)
    job = analyst.load_table_from_json(LOADED, "scratch.shared", job_config=config)
    assert job.result().output_rows == 1
    assert field(analyst, "scratch.shared", "email").policy_tags.names == (tag("pii"),)


def test_a_load_that_names_policy_tags_needs_the_right_to_set_them_even_where_they_are_the_same(
    analyst: bigquery.Client, setter: bigquery.Client
) -> None:
    config = bigquery.LoadJobConfig(schema=analyst.get_table("scratch.shared").schema)
    with pytest.raises(Forbidden, match=r"setCategory denied on table koe-sandbox:scratch\.shared"):
        analyst.load_table_from_json(LOADED, "scratch.shared", job_config=config)
    assert setter.load_table_from_json(LOADED, "scratch.shared", job_config=config).result().output_rows == 1


def test_the_results_of_another_job_are_refused(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    job = platform.query("SELECT email FROM marts.dim_users")
    job.result()
    with pytest.raises(Forbidden, match="jobs"):
        analyst.get_job(job.job_id)
    with pytest.raises(Forbidden, match="jobs"):
        analyst._get_query_results(job.job_id, retry=None)
    with pytest.raises(Forbidden, match="jobs"):
        analyst.cancel_job(job.job_id)
    with pytest.raises(Forbidden):
        list(analyst.list_rows(job.destination, selected_fields=[bigquery.SchemaField("email", "STRING")]))
    with pytest.raises(Forbidden):
        analyst.get_table(job.destination)
    with pytest.raises(Forbidden):
        analyst.query_and_wait(f"SELECT * FROM `{PROJECT}.{job.destination.dataset_id}.{job.destination.table_id}`")
    with pytest.raises(Forbidden):
        analyst.copy_table(job.destination, f"{PROJECT}.scratch.copied").result()


def test_the_same_query_is_refused_after_the_platform_ran_it(
    platform: bigquery.Client, analyst: bigquery.Client
) -> None:
    sql = "SELECT name FROM marts.dim_users"
    platform.query_and_wait(sql)
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.name"):
        analyst.query_and_wait(sql)


def test_own_results_can_be_read_again(analyst: bigquery.Client) -> None:
    job = analyst.query("SELECT plan FROM marts.dim_users ORDER BY plan")
    job.result()
    assert [row.plan for row in analyst.get_job(job.job_id).result()] == ["free", "studio"]
    assert [row.plan for row in analyst.list_rows(job.destination)] == ["free", "studio"]


def test_a_job_lists_only_for_its_owner(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    platform.query_and_wait("SELECT 'of the platform'")
    analyst.query_and_wait("SELECT 'of the analyst'")
    assert {job.user_email for job in analyst.list_jobs()} == {ANALYST}
    assert {ANALYST, PLATFORM} <= {job.user_email for job in platform.list_jobs()}


def test_a_session_of_another_is_not_found(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    job = platform.query("SELECT 1 AS one", job_config=bigquery.QueryJobConfig(create_session=True))
    job.result()
    session = bigquery.ConnectionProperty("session_id", job.session_info.session_id)
    with pytest.raises(BadRequest, match="session"):
        analyst.query_and_wait(
            "SELECT * FROM kept", job_config=bigquery.QueryJobConfig(connection_properties=[session])
        )


def test_a_result_stays_protected_where_its_table_becomes_protected(
    platform: bigquery.Client, analyst: bigquery.Client
) -> None:
    config = bigquery.QueryJobConfig(destination=f"{PROJECT}.scratch.result")
    job = analyst.query("SELECT 1 AS user_id, 'mine' AS email", job_config=config)
    assert len(list(job.result())) == 1
    table = platform.get_table("scratch.result")
    table.schema = [bigquery.SchemaField("user_id", "INT64"), protected("email")]
    platform.update_table(table, ["schema"])
    platform.query_and_wait("INSERT INTO scratch.result VALUES (2, 'secret')")
    with pytest.raises(Forbidden, match=r"scratch\.result\.email"):
        analyst._get_query_results(job.job_id, retry=None)


def test_who_only_writes_can_not_take_the_tag_off(analyst: bigquery.Client) -> None:
    table = analyst.get_table("scratch.shared")
    without = [item if item.name != "email" else bigquery.SchemaField("email", "STRING") for item in table.schema]
    table.schema = without
    with pytest.raises(Forbidden, match="setCategory"):
        analyst.update_table(table, ["schema"])
    assert field(analyst, "scratch.shared", "email").policy_tags.names == (tag("pii"),)


def test_who_only_writes_can_not_put_a_tag_on(analyst: bigquery.Client, setter: bigquery.Client) -> None:
    new = users("scratch.tagged")
    with pytest.raises(Forbidden, match="setCategory denied on dataset koe-sandbox:scratch"):
        analyst.create_table(new)
    table = analyst.create_table(bigquery.Table(new.reference, [bigquery.SchemaField("email", "STRING")]))
    table.schema = [protected("email")]
    with pytest.raises(Forbidden, match="setCategory"):
        analyst.update_table(table, ["schema"])
    setter.update_table(table, ["schema"])
    assert field(analyst, "scratch.tagged", "email").policy_tags.names == (tag("pii"),)
    setter.delete_table(table)
    setter.create_table(new)
    with pytest.raises(Forbidden, match=r"scratch\.tagged\.email"):
        setter.query_and_wait("SELECT email FROM scratch.tagged")


def test_the_right_to_set_tags_is_none_to_write(setter: bigquery.Client) -> None:
    with pytest.raises(Forbidden, match=r"bigquery\.tables\.create"):
        setter.create_table(users("marts.tagged"))


def test_a_renamed_column_keeps_its_tag(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    platform.create_table(users("scratch.renamed"))
    analyst.query_and_wait("ALTER TABLE scratch.renamed RENAME COLUMN email TO contact")
    assert field(platform, "scratch.renamed", "contact").policy_tags.names == (tag("pii"),)
    with pytest.raises(Forbidden, match=r"scratch\.renamed\.contact"):
        analyst.query_and_wait("SELECT contact FROM scratch.renamed")


def test_a_renamed_table_keeps_its_tags(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    platform.create_table(users("scratch.before"))
    analyst.query_and_wait("ALTER TABLE scratch.before RENAME TO after")
    with pytest.raises(Forbidden, match=r"scratch\.after\.email"):
        analyst.query_and_wait("SELECT email FROM scratch.after")


def test_a_view_that_is_changed_reads_what_it_says(platform: bigquery.Client, analyst: bigquery.Client) -> None:
    platform.query_and_wait("CREATE VIEW scratch.changed AS SELECT email FROM marts.dim_users")
    view = analyst.get_table("scratch.changed")
    view.view_query = "SELECT 'open' AS email"
    analyst.update_table(view, ["view_query"])
    assert [row.email for row in analyst.query_and_wait("SELECT email FROM scratch.changed")] == ["open"]
    view.view_query = "SELECT email FROM marts.dim_users"
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        analyst.update_table(view, ["view_query"])


def test_a_view_over_protected_columns_can_not_be_created(analyst: bigquery.Client) -> None:
    view = bigquery.Table(f"{PROJECT}.scratch.stolen_view")
    view.view_query = "SELECT email FROM marts.dim_users"
    with pytest.raises(Forbidden, match=r"marts\.dim_users\.email"):
        analyst.create_table(view)
    with pytest.raises(NotFound):
        analyst.get_table("scratch.stolen_view")


def test_the_schema_shows_the_tags(analyst: bigquery.Client, warehouse: Gateway) -> None:
    rows = analyst.query_and_wait(
        "SELECT field_path, policy_tags FROM marts.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS WHERE table_name = 'dim_users'"
    )
    tagged = {row.field_path: row.policy_tags for row in rows if row.policy_tags}
    assert tagged == {"email": [tag("pii")], "name": [tag("pii")], "address.street": [tag("pii")]}
