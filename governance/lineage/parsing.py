"""A model's SQL as a tree, and what can be said against it before it is looked into."""

from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.dialects import BigQuery
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from governance.lineage.functions import Function, NotAFunction, defined, unknown_calls

_QUERY_STARTS: Final = ("SELECT", "WITH", "(")


@dataclass(frozen=True)
class Parsed:
    """A query, the functions that its header defines, and the names of all functions that are not known."""

    query: exp.Expr
    functions: dict[str, Function]
    unknown: tuple[str, ...]


class Unreadable(Exception):
    """The SQL is no single query that we can read; the message says why."""


def parse(sql: str, header: str = "") -> Parsed:
    """The query, and the temporary functions of the statements before it. Unreadable when it is anything else."""
    functions = _functions(header)
    tokens = _tokens(sql)
    if not tokens or tokens[0].text.upper() not in _QUERY_STARTS:
        raise Unreadable("it is no query, and what a script does is not known")
    if any(token.token_type is TokenType.PIPE_GT for token in tokens):
        raise Unreadable("pipe syntax is not known")
    if any(token.token_type is TokenType.SEMICOLON for token in tokens[:-1]):
        raise Unreadable("it is more than one statement, and what a script does is not known")
    try:
        query = sqlglot.parse_one(sql, dialect="bigquery")
    except (SqlglotError, RecursionError) as error:
        raise Unreadable(f"it cannot be parsed: {str(error).splitlines()[0]}") from error
    if not isinstance(query, exp.Query):
        raise Unreadable("it is no query")
    tables = {cte.alias.casefold() for cte in query.find_all(exp.CTE)}
    return Parsed(query, functions, tuple(dict.fromkeys(unknown_calls(sql, frozenset({*functions, *tables})))))


def _functions(header: str) -> dict[str, Function]:
    if not header.strip():
        return {}
    if any(token.text.upper() in ("DECLARE", "SET", "EXECUTE", "BEGIN", "CALL") for token in _tokens(header)):
        raise Unreadable("its sql_header is a script, and what that does is not known")
    try:
        statements = [statement for statement in sqlglot.parse(header, dialect="bigquery") if statement is not None]
        functions = defined(statements)
    except (SqlglotError, RecursionError) as error:
        raise Unreadable(f"its sql_header cannot be parsed: {str(error).splitlines()[0]}") from error
    except NotAFunction as error:
        raise Unreadable(f"its sql_header has {error}") from error
    if unknown := unknown_calls(header, frozenset(functions)):
        raise Unreadable(f"its sql_header calls {unknown[0]}, which is not known")
    return functions


def _tokens(sql: str) -> list[Token]:
    try:
        tokens: list[Token] = BigQuery().tokenize(sql)
        return tokens
    except SqlglotError as error:
        raise Unreadable(f"it cannot be parsed: {str(error).splitlines()[0]}") from error
