"""Sees that the Cloud Run services of an image serve it.

    gcloud run services list --format=json | python3 serving.py IMAGE@sha256:DIGEST

A service serves when its newest revision is ready and all requests go to it. Exits with 1, and says what is wrong,
where one of the image's services does not, or where no service has the image.

https://docs.cloud.google.com/run/docs/reference/rest/v1/namespaces.services (the fields that are read here)
"""

import json
import sys
from collections.abc import Mapping
from typing import Any


def problem(service: Mapping[str, Any]) -> str:
    """What keeps a service from serving its newest revision; empty where nothing does."""
    status = service["status"]
    newest, ready = status.get("latestCreatedRevisionName"), status.get("latestReadyRevisionName")
    failing = [c for c in status.get("conditions", ()) if c["type"] == "Ready" and c["status"] != "True"]
    if failing:
        return f"is not ready: {failing[0].get('message') or 'no reason given'}"
    if newest is None or newest != ready:
        return f"serves {ready}, and its newest revision {newest} is not ready"
    served = sum(t.get("percent", 0) for t in status.get("traffic", ()) if t.get("revisionName") == newest)
    return "" if served == 100 else f"sends {served} % of its requests to its newest revision {newest}"


def main(image: str, services: list[Mapping[str, Any]]) -> int:
    """Print a line for each service of the image; the exit code."""
    ours = [s for s in services if image in (c["image"] for c in s["spec"]["template"]["spec"]["containers"])]
    if not ours:
        print(f"no Cloud Run service has the image {image}: was the apply given another one?")
        return 1
    problems = {service["metadata"]["name"]: problem(service) for service in ours}
    for name, found in problems.items():
        print(f"{name} {found or 'serves ' + image}")
    return 1 if any(problems.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.load(sys.stdin)))
