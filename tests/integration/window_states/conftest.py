"""All servers without the sample business, and a dbt project of the tests' own tables."""

from pathlib import Path

import pytest

from sandbox import environment
from tests.integration.extract.conftest import mariadb, servers  # noqa: F401
from tests.integration.extract.support import Cloud
from tests.integration.window_states.staging import Project


@pytest.fixture
def project(servers: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:  # noqa: F811
    variables = environment.variables(servers.home, servers.state)
    for name, value in (variables | {"KURA_TIMEZONE": "UTC"}).items():
        monkeypatch.setenv(name, value)
    return Project(tmp_path, servers.bigquery)
