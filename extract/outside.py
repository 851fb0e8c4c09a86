"""What the clients of AWS and Google raise, as Terminal and Transient.

Each context manager takes what was being done ("listing exports of table users") and begins the message with it.
Error codes: "Common Error Types" of the AWS API references; "Error messages" of the BigQuery and Cloud Storage docs.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import google.auth.exceptions
import requests
import urllib3
from botocore import exceptions as aws_errors
from botocore.config import Config
from botocore.parsers import ResponseParserError
from google.api_core import exceptions as google_errors
from google.cloud.storage.exceptions import DataCorruption

from extract.errors import Terminal, Transient

AWS_CONFIG: Final = Config(
    connect_timeout=5, read_timeout=60, max_pool_connections=32, retries={"mode": "standard", "max_attempts": 4}
)
"""How boto3's clients wait and retry: within one request for seconds only; Transient errors do the rest."""

_AWS_BUSY: Final = frozenset(
    {
        "IDPCommunicationError",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_AWS_REFUSED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IDPRejectedClaim",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "NotAuthorized",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_AWS_UNREACHABLE: Final = (
    aws_errors.ConnectionError,
    aws_errors.FlexibleChecksumError,
    aws_errors.HTTPClientError,
    aws_errors.IncompleteReadError,
    ResponseParserError,
    urllib3.exceptions.HTTPError,
)
_AWS_UNKNOWN_CALLER: Final = (
    aws_errors.NoCredentialsError,
    aws_errors.PartialCredentialsError,
    aws_errors.CredentialRetrievalError,
    aws_errors.TokenRetrievalError,
    aws_errors.ProfileNotFound,
    aws_errors.NoRegionError,
)
_GOOGLE_BUSY: Final = frozenset(
    {
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "jobRateLimitExceeded",
        "quotaExceeded",
        "rateLimitExceeded",
        "tableUnavailable",
    }
)
_GOOGLE_UNREACHABLE: Final = (
    google.auth.exceptions.TransportError,
    google_errors.RetryError,
    requests.RequestException,
    ConnectionError,
    TimeoutError,
    DataCorruption,
    urllib3.exceptions.HTTPError,
)


def aws_code(error: aws_errors.ClientError) -> str:
    """The error code of an AWS answer, such as `AccessDenied`."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def aws(doing: str) -> Iterator[None]:
    """Raise what boto3 and botocore raise inside as Terminal or Transient."""
    try:
        yield
    except aws_errors.ClientError as error:
        code, message = aws_code(error), error.response.get("Error", {}).get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _AWS_BUSY or status >= 500 or status == 429:
            raise Transient(f"{doing}: AWS is busy ({code}: {message}); run again later") from error
        if code in _AWS_REFUSED:
            advice = "check the AWS credentials and the permissions of their role"
            raise Terminal(f"{doing}: AWS refused ({code}: {message}); {advice}") from error
        raise Terminal(f"{doing}: AWS answered {code}: {message}") from error
    except _AWS_UNKNOWN_CALLER as error:
        raise Terminal(f"{doing}: {error}; give boto3 credentials and a region") from error
    except _AWS_UNREACHABLE as error:
        raise Transient(f"{doing}: AWS did not answer: {error}; check the network and the endpoint") from error
    except aws_errors.BotoCoreError as error:
        raise Terminal(f"{doing}: {error}") from error


@contextmanager
def google_cloud(doing: str) -> Iterator[None]:
    """Raise what google-cloud-bigquery, google-cloud-storage and google-auth raise inside as Terminal or Transient."""
    try:
        yield
    except google.auth.exceptions.DefaultCredentialsError as error:
        advice = "run gcloud auth application-default login, or point GOOGLE_APPLICATION_CREDENTIALS to a key"
        raise Terminal(f"{doing}: no Google credentials; {advice}") from error
    except google.auth.exceptions.RefreshError as error:
        raise no_token(doing, error) from error
    except google_errors.GoogleAPICallError as error:
        raise _google_answer(doing, error) from error
    except _GOOGLE_UNREACHABLE as error:
        raise Transient(f"{doing}: Google did not answer: {error}; check the network and the endpoint") from error


def no_token(doing: str, error: google.auth.exceptions.RefreshError) -> Terminal | Transient:
    """What google-auth raises when it gets no token, as Terminal or Transient."""
    said, code = str(error.args[0]), 0
    with suppress(IndexError, KeyError, TypeError, ValueError):  # Google's answer, where an account is impersonated
        answer = json.loads(error.args[1])["error"]
        said, code = f"{said}: {answer['message']}", int(answer["code"])
    # An identity token's answer is in the text only.
    if error.retryable or code == 429 or code >= 500 or re.search(r"'code': (?:429|5\d\d)\b", said):
        return Transient(f"{doing}: Google gave no token for the moment; run again later")
    advice = "renew the credentials, and let them create tokens of the account where they impersonate one"
    return Terminal(f"{doing}: Google gave no token ({said}); {advice}")


def _google_answer(doing: str, error: google_errors.GoogleAPICallError) -> Terminal | Transient:
    reasons = {item.get("reason") for item in error.errors if isinstance(item, dict)}
    status = int(error.code or 0)
    if reasons & _GOOGLE_BUSY or status == 429 or status >= 500:
        return Transient(f"{doing}: Google is busy or a quota is used up ({error.message}); run again later")
    if status in (401, 403):
        return Terminal(f"{doing}: Google refused ({error.message}); check the credentials and their roles")
    if status == 404:
        return Terminal(f"{doing}: not found ({error.message}); check the name, and that it has been created")
    return Terminal(f"{doing}: Google answered {status}: {error.message}")
