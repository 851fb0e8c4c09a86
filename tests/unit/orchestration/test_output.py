"""What libraries say that tells a user nothing is not said."""

import logging

import pytest

from orchestration import output

LOG = logging.getLogger("urllib3.connectionpool")
RETRIES = "Retrying (%r) after connection broken by '%r': %s"


def test_a_look_up_of_allowed_locations_warns_nobody_and_other_requests_do(caplog: pytest.LogCaptureFixture) -> None:
    output.quiet()
    LOG.warning(RETRIES, "Retry(total=2)", "NameResolutionError", "/v1/projects/-/serviceAccounts/a@b/allowedLocations")
    assert caplog.messages == []
    LOG.warning(RETRIES, "Retry(total=2)", "NameResolutionError", "/bigquery/v2/projects/koe/datasets")
    assert len(caplog.messages) == 1
