"""The plan of each environment, made once."""

import pytest

from tests.terraform import planning
from tests.terraform.running import ENVIRONMENTS


@pytest.fixture(scope="session", params=ENVIRONMENTS, ids=lambda path: path.name)
def plan(request: pytest.FixtureRequest) -> planning.Plan:
    return planning.of(request.param)
