"""`kura tags`, `kura published` and `kura unpublish`."""

import logging
from collections.abc import Iterator

import pytest
from google.cloud import bigquery
from google.cloud.exceptions import NotFound

from extract import contract_file
from extract.errors import Terminal
from orchestration import manifest, policy_tags, published, tags
from orchestration.environment import Environment
from orchestration.publication.copier import Copier
from orchestration.publication.project import Project
from orchestration.publication.release import release
from tests.integration.bigquery.access_fixtures import PLATFORM, Gateway
from tests.integration.publication import shop

ROWS = "SELECT 1 AS id, 'a@example.com' AS email"
CONTRACT = """
sources:
  - name: raw_aurora
    tables:
      - name: users
        description: Users.
        config: {meta: {extract: {relation: public.users, mode: snapshot, key: [id]}}}
        columns:
          - {name: id, data_type: INT64, description: The id.}
          - {name: email, data_type: STRING, description: The email., config: {meta: {policy_tag: pii}}}
"""


@pytest.fixture
def client(publication_gateway: Gateway) -> bigquery.Client:
    return publication_gateway.client(PLATFORM)


@pytest.fixture
def declare(
    client: bigquery.Client,
    settings: Environment,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[object]:
    """A raw table, its staging and a published mart; called with tags, it declares others for the mart's columns."""
    models = tmp_path_factory.mktemp("models")
    (models / "_aurora__sources.yml").write_text(CONTRACT)
    monkeypatch.setattr(manifest, "MODELS", models)
    assert [str(table) for table in contract_file.read(models)] == ["aurora.users"]
    created = ["raw_aurora.users", "marts.dim_users", "build.dim_users"]

    def declare(**columns: str | None) -> Project:
        content = shop.manifest({"dim_users": shop.columns(**columns)})
        monkeypatch.setattr(manifest, "load", lambda: content)
        return Project(content)

    for name in created:
        client.delete_table(name, not_found_ok=True)
    project = declare(id=None, email="pii")
    client.query_and_wait(f"CREATE TABLE raw_aurora.users AS {ROWS}, 1 AS surprise")
    shop.load_source(client)
    shop.build(client, settings, project, {shop.STAGING: "SELECT 1 AS id", "model.shop.dim_users": ROWS})
    assert isinstance(publish(client, settings, project), dict)
    yield declare
    for name in created:
        client.delete_table(name, not_found_ok=True)


def publish(client: bigquery.Client, settings: Environment, project: Project) -> object:
    copier = Copier(client, settings, shop.WINDOW)
    [(_, outcome)] = release(copier, project, ["model.shop.dim_users"], logging.getLogger(__name__))
    return outcome


def live(client: bigquery.Client, settings: Environment, name: str) -> dict[str, str]:
    return policy_tags.live(client.get_table(name), settings)


def test_tags_of_raw_build_and_marts_are_compared_and_put_in_order(
    declare: object, client: bigquery.Client, settings: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("build.dim_users", "marts.dim_users"):
        table = client.get_table(name)
        table.schema = policy_tags.with_tags(table.schema, {"id": "financial"}, settings)
        client.update_table(table, ["schema"])
    assert tags.tags(apply=False) == 1
    shown = capsys.readouterr().out
    assert "raw_aurora.users: email is open but declared pii, surprise is open but declared restricted\n" in shown
    for name in ("build", "marts"):
        assert f"{name}.dim_users: email is open but declared pii, id is financial but declared open\n" in shown
    assert tags.tags(apply=True) == 0
    assert live(client, settings, "raw_aurora.users") == {"email": "pii", "surprise": "restricted"}
    assert live(client, settings, "build.dim_users") == live(client, settings, "marts.dim_users") == {"email": "pii"}
    capsys.readouterr()
    assert tags.tags(apply=False) == 0
    assert "the tags of all" in capsys.readouterr().out


def test_putting_tags_in_order_does_not_cost_a_table_its_evidence(
    declare: object, client: bigquery.Client, settings: Environment
) -> None:
    project = declare(id="financial", email="pii")  # type: ignore[operator]
    assert tags.tags(apply=True) == 0
    assert live(client, settings, "marts.dim_users") == {"id": "financial", "email": "pii"}
    assert isinstance(publish(client, settings, project), dict)


def test_a_published_column_is_opened_only_where_the_present_code_has_made_its_rows(
    declare: object,
    client: bigquery.Client,
    settings: Environment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = declare(id=None, email=None)  # type: ignore[operator]
    changed = manifest.load()
    changed["nodes"][shop.STAGING]["raw_code"] = "select a hash"
    assert tags.tags(apply=True) == 1
    assert (
        "marts.dim_users: email is pii but declared open; its rows were made by other code" in capsys.readouterr().out
    )
    assert live(client, settings, "marts.dim_users") == {"email": "pii"}
    shop.build(client, settings, project, {shop.STAGING: "SELECT 1 AS id", "model.shop.dim_users": ROWS})
    assert isinstance(publish(client, settings, Project(changed)), dict)
    assert live(client, settings, "marts.dim_users") == {}


def test_published_tables_are_listed_and_only_those_that_left_the_project_are_removed(
    declare: object, client: bigquery.Client, settings: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    client.query_and_wait(f"CREATE OR REPLACE TABLE marts.dim_gone AS {ROWS}")
    published.published()
    lines = {line.split("│")[1].strip(): line for line in capsys.readouterr().out.splitlines() if "marts." in line}
    assert shop.WINDOW in lines["marts.dim_users"] and published.UNKNOWN not in lines["marts.dim_users"]
    assert published.UNKNOWN in lines["marts.dim_gone"]
    told = "marts.dim_gone is published but not in the project; `kura unpublish dim_gone` removes it"
    assert told in published.leftover_lines(settings)
    assert published.windows(settings) == [shop.WINDOW]
    with pytest.raises(Terminal, match=r"marts\.dim_users is in the project"):
        published.unpublish("marts/dim_users")
    published.unpublish("marts.dim_gone")
    assert "removed marts.dim_gone, which had 1 rows" in capsys.readouterr().out
    with pytest.raises(NotFound):
        client.get_table("marts.dim_gone")
    with pytest.raises(Terminal, match=r"there is no table marts\.dim_gone"):
        published.unpublish("dim_gone")
