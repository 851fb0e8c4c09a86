"""What the API refuses and what a run fails with, by the codes of google.rpc.Code."""

from typing import Any

CANCELLED = 1
INVALID_ARGUMENT = 3
NOT_FOUND = 5
PERMISSION_DENIED = 7
FAILED_PRECONDITION = 9
INTERNAL = 13
UNAUTHENTICATED = 16

_STATUSES = {
    INVALID_ARGUMENT: (400, "INVALID_ARGUMENT"),
    NOT_FOUND: (404, "NOT_FOUND"),
    PERMISSION_DENIED: (403, "PERMISSION_DENIED"),
    FAILED_PRECONDITION: (400, "FAILED_PRECONDITION"),
    UNAUTHENTICATED: (401, "UNAUTHENTICATED"),
}


class TransferError(Exception):
    """An answer other than 200, or why a run failed."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def http_status(self) -> int:
        return _STATUSES[self.code][0]

    @property
    def body(self) -> dict[str, Any]:
        http, status = _STATUSES[self.code]
        return {"error": {"code": http, "message": self.message, "status": status}}
