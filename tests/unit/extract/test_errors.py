import http.client
import json

import botocore.exceptions
import google.auth.exceptions
import pytest
import requests
from google.api_core import exceptions as google_errors

from extract.errors import ContractError, Terminal, Transient
from extract.outside import aws, google_cloud


def test_a_message_is_one_line() -> None:
    assert str(Terminal("first\n  second\tthird ")) == "first second third"
    assert str(Transient("first\nsecond")) == "first second"


def test_a_contract_error_is_terminal() -> None:
    assert isinstance(ContractError("x"), Terminal)


def answer(code: str, status: int = 400) -> botocore.exceptions.ClientError:
    response = {"Error": {"Code": code, "Message": "said"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(response, "Operation")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (answer("AccessDeniedException"), Terminal, r"doing: AWS refused \(AccessDeniedException: said\); check the"),
        (answer("UnrecognizedClientException"), Terminal, "AWS refused"),
        (answer("ThrottlingException"), Transient, "AWS is busy"),
        (answer("Whatever", 503), Transient, "AWS is busy"),
        (answer("ValidationException"), Terminal, "AWS answered ValidationException: said"),
        (botocore.exceptions.NoCredentialsError(), Terminal, "give boto3 credentials"),
        (botocore.exceptions.NoRegionError(), Terminal, "give boto3 credentials and a region"),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://x"), Transient, "did not answer.*http://x"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="http://x"), Transient, "did not answer"),
        (botocore.exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), Transient, "did not answer"),
        (botocore.exceptions.FlexibleChecksumError(error_msg="Expected checksum a"), Transient, "Expected checksum a"),
        (botocore.exceptions.ParamValidationError(report="wrong"), Terminal, "wrong"),
    ],
)
def test_what_aws_clients_raise_becomes_terminal_or_transient(
    error: Exception, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as raised, aws("doing"):
        raise error
    assert "\n" not in str(raised.value)


def unimpersonated(status: int) -> google.auth.exceptions.RefreshError:
    answer = {"error": {"code": status, "message": "said"}}
    return google.auth.exceptions.RefreshError("Unable", json.dumps(answer))


def refused(status: int, reason: str) -> google_errors.GoogleAPICallError:
    return google_errors.from_http_status(status, "said", errors=[{"reason": reason}])


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (refused(401, "authError"), Terminal, r"doing: Google refused \(said\); check the credentials"),
        (refused(403, "accessDenied"), Terminal, "Google refused"),
        (refused(403, "quotaExceeded"), Transient, "quota is used up"),
        (refused(403, "rateLimitExceeded"), Transient, "Google is busy"),
        (refused(400, "backendError"), Transient, "Google is busy"),
        (refused(429, ""), Transient, "Google is busy"),
        (refused(503, ""), Transient, "Google is busy"),
        (refused(404, "notFound"), Terminal, "not found"),
        (refused(400, "invalid"), Terminal, "Google answered 400: said"),
        (google.auth.exceptions.DefaultCredentialsError("none"), Terminal, "no Google credentials; run gcloud"),
        (google.auth.exceptions.RefreshError("expired"), Terminal, r"no token \(expired\); renew the credentials"),
        (google.auth.exceptions.RefreshError("later", retryable=True), Transient, "no token for the moment"),
        (unimpersonated(403), Terminal, r"no token \(Unable: said\); .* let them create tokens of the account"),
        (unimpersonated(503), Transient, "no token for the moment"),
        (unimpersonated(429), Transient, "no token for the moment"),
        (google.auth.exceptions.RefreshError("Unable", "no JSON"), Terminal, r"no token \(Unable\)"),
        (google.auth.exceptions.RefreshError("Error: {'error': {'code': 503}}"), Transient, "no token for the moment"),
        (google.auth.exceptions.TransportError("refused"), Transient, "did not answer"),
        (google_errors.RetryError("deadline", None), Transient, "did not answer"),
        (requests.ConnectionError("refused"), Transient, "did not answer"),
        (http.client.RemoteDisconnected("closed"), Transient, "did not answer"),
    ],
)
def test_what_google_clients_raise_becomes_terminal_or_transient(
    error: Exception, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as raised, google_cloud("doing"):
        raise error
    assert "\n" not in str(raised.value)


def test_a_defect_of_ours_is_neither() -> None:
    with pytest.raises(KeyError), aws("doing"), google_cloud("doing"):
        raise KeyError("x")
