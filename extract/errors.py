"""The two kinds of failure.

Every failure of an extraction is one of these, and its message is one line that says what happened and what to do.
Nothing secret is ever part of a message.
"""


class Terminal(Exception):
    """A person must act; trying again changes nothing. The message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class Transient(Exception):
    """The outside world failed for the moment; trying again, bounded and with backoff, may succeed."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class ContractError(Terminal):
    """A contract does not validate. The message names the file, the table and, where there is one, the column."""


def one_line(message: str) -> str:
    """The message with every run of white space, line breaks included, as one space."""
    return " ".join(message.split())
