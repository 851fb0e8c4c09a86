"""Google's errors, shaped as https://cloud.google.com/apis/design/errors says."""

from typing import Any


class SheetsError(Exception):
    """An answer other than 200. status: a google.rpc.Code name."""

    def __init__(self, code: int, status: str, message: str, details: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.body: dict[str, dict[str, Any]] = {"error": {"code": code, "message": message, "status": status}}
        if details:
            self.body["error"]["details"] = details


def invalid(message: str) -> SheetsError:
    return SheetsError(400, "INVALID_ARGUMENT", message)


def error_info(reason: str, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": "sheets.googleapis.com", **metadata},
    }
