"""Settings as a cloud environment has them; no address in them is ever connected to."""

import os
from pathlib import Path

import pytest

PREFIXES = ("AWS_", "BIGQUERY_", "DAGSTER_", "GOOGLE_", "KURA_", "SHEETS_", "SLACK_", "STORAGE_", "STRIPE_")


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Every variable of a valid environment."""
    return {
        "KURA_ENVIRONMENT": "dev",
        "GOOGLE_CLOUD_PROJECT": "koe-dev",
        "KURA_LOCATION": "US",
        "KURA_LANDING_BUCKET": "koe-dev-landing",
        "KURA_EXPORT_BUCKET": "koe-dev-exports",
        "KURA_EXPORT_KMS_KEY": "arn:aws:kms:ap-northeast-1:123456789012:key/1",
        "KURA_EXPORT_ROLE": "arn:aws:iam::123456789012:role/export",
        "KURA_AURORA_CLUSTER": "koe",
        "KURA_AURORA_DATABASE": "koe",
        "KURA_SPREADSHEET_PLANNING": "1planning",
        "KURA_POLICY_TAG_RESTRICTED": "projects/koe-dev/locations/us/taxonomies/1/policyTags/11",
        "KURA_POLICY_TAG_PII": "projects/koe-dev/locations/us/taxonomies/1/policyTags/12",
        "KURA_POLICY_TAG_FINANCIAL": "projects/koe-dev/locations/us/taxonomies/1/policyTags/13",
        "STRIPE_API_KEY": "sk_test_not_to_be_seen",
        "DAGSTER_HOME": str(tmp_path / "dagster"),
    }


@pytest.fixture
def environ(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The valid environment as this process's own, and nothing else that a client or the platform reads."""
    for name in list(os.environ):
        if name.startswith(PREFIXES):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables
