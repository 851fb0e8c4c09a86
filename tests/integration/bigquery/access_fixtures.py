"""What tests of the gateway share: starting it, tokens, and clients of its two callers."""

import base64
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.cloud import bigquery
from google.oauth2.credentials import Credentials

PROJECT = "koe-sandbox"
PLATFORM = f"platform@{PROJECT}.iam.gserviceaccount.com"
ANALYST = f"analyst@{PROJECT}.iam.gserviceaccount.com"
SETTER = f"setter@{PROJECT}.iam.gserviceaccount.com"
MASKED = f"masked-analyst@{PROJECT}.iam.gserviceaccount.com"
TAGS = ("restricted", "pii", "financial")
START_SECONDS = 30
SECONDS_AT_A_STOP = 30  # see halting


def tag(name: str) -> str:
    return f"projects/{PROJECT}/locations/us/taxonomies/kura/policyTags/{name}"


def token(claims: dict[str, object]) -> str:
    """An access token as the sandbox's token endpoint issues it: claims, unsigned."""

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.none"


@dataclass(frozen=True)
class Gateway:
    """A running gateway, and where it keeps its data."""

    port: int
    data: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, email: str) -> bigquery.Client:
        credentials = Credentials(token({"email": email}))
        return bigquery.Client(PROJECT, credentials=credentials, client_options={"api_endpoint": self.url})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_kura/health", timeout=1) as answer:
        return bool(answer.status == 200)
    return False


def data_policy(name: str, protection: str, rule: str) -> dict[str, object]:
    """A data policy of the access file that lets the masked analyst read the tag's columns by the rule."""
    return {
        "name": f"projects/{PROJECT}/locations/us/dataPolicies/{name}",
        "dataPolicyId": name,
        "dataPolicyType": "DATA_MASKING_POLICY",
        "policyTag": tag(protection),
        "dataMaskingPolicy": {"predefinedExpression": rule},
        "bindings": [{"role": "roles/bigquerydatapolicy.maskedReader", "members": [f"serviceAccount:{MASKED}"]}],
    }


# Tags of the tests of masking, each with its rule; `pii` is hashed, as in kura.
RULES = {
    "pii": "SHA256", "address": "EMAIL_MASK", "last": "LAST_FOUR_CHARACTERS", "first": "FIRST_FOUR_CHARACTERS",
    "year": "DATE_YEAR_MASK", "default": "DEFAULT_MASKING_VALUE", "none": "ALWAYS_NULL",
}  # fmt: skip


@contextlib.contextmanager
def started(home: Path, module: str = "sandbox.bigquery") -> Iterator[Gateway]:
    """Starts a gateway on a free port; the platform administers it, the others may run jobs."""
    platform = f"serviceAccount:{PLATFORM}"
    access = {
        "administrators": [platform],
        "job_users": [f"serviceAccount:{email}" for email in (ANALYST, MASKED, SETTER)],
        "tag_setters": [f"serviceAccount:{SETTER}"],
        "fine_grained_readers": {tag(name): [platform] for name in {*TAGS, *RULES}},
        "data_policies": [data_policy(f"{name}_masked", name, rule) for name, rule in RULES.items()]
        # Several policies for one tag: the hash comes before the null in the hierarchy of rules.
        + [data_policy("pii_nullified", "pii", "ALWAYS_NULL")],
    }
    (home / "access.json").write_text(json.dumps(access))
    gateway = Gateway(_free_port(), home / "data")
    command = [sys.executable, "-m", module, "--port", str(gateway.port)]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--data", str(home / "data"), "--access", str(home / "access.json")], stderr=log
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _ready(gateway.url):
            assert process.poll() is None and time.monotonic() < deadline, (home / "log").read_text()
            time.sleep(0.05)
        yield gateway
    finally:
        process.terminate()
        process.wait()
