"""Stripe's errors, shaped as https://docs.stripe.com/api/errors says."""

from collections.abc import Mapping


class StripeError(Exception):
    """An answer other than 200. `code` and `param` are left out of the answer when they are None."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, dict[str, str]] = {"error": {"message": message, "type": "invalid_request_error"}}
        if code is not None:
            self.body["error"]["code"] = code
            self.body["error"]["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param is not None:
            self.body["error"]["param"] = param


def missing(object_name: str, identifier: str, param: str = "id") -> StripeError:
    """No such object: 404 when the address names it, 400 when a parameter does."""
    return StripeError(
        404 if param == "id" else 400, f"No such {object_name}: '{identifier}'", code="resource_missing", param=param
    )


def unknown_parameter(param: str) -> StripeError:
    return StripeError(400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def missing_parameter(param: str) -> StripeError:
    return StripeError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def unrecognized(method: str, path: str) -> StripeError:
    return StripeError(
        404,
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. "
        "If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code.",
    )
