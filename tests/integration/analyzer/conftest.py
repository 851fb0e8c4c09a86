"""One analyzer, and one compiled project, for the tests of this folder."""

import pytest

from tests.integration.analyzer import project
from tests.integration.analyzer.analyzer import Analyzer, Service
from tests.integration.analyzer.project import Project
from tests.integration.bigquery.access_fixtures import PLATFORM, PROJECT, started
from tests.integration.dbt_project.conftest import variables
from tests.integration.dbt_project.warehouse import TABLES


@pytest.fixture(scope="session")
def service(pytestconfig: pytest.Config) -> Service:
    cache = pytestconfig.cache
    assert cache is not None
    return Service(cache.mkdir("zetasql"))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    home = tmp_path_factory.mktemp("project")
    with started(home) as gateway, variables(gateway, home):
        return project.load(gateway.client(PLATFORM), home / "target")


@pytest.fixture(scope="session")
def analyzer(service: Service, compiled: Project) -> Analyzer:
    return Analyzer.over(service, PROJECT, "US", compiled.tables, set(TABLES))
