"""Functions: which ones BigQuery has, and those that a model brings along in its `sql_header`.

The names are those of BigQuery's function reference, without those that reach outside of the query: external_query,
remote functions, ML and AI functions, and functions over tables.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.dialects import BigQuery
from sqlglot.tokenizer_core import Token, TokenType

_SCALAR: Final = """
abs acos acosh acot acoth acsc acsch array array_concat array_filter array_first array_includes array_includes_all
array_includes_any array_is_distinct array_last array_length array_max array_min array_reverse array_slice array_sum
array_to_string array_transform array_zip ascii asec asech asin asinh atan atan2 atanh bit_count bool byte_length
cast cbrt ceil ceiling char_length character_length chr coalesce code_points_to_bytes code_points_to_string collate
concat contains_substr cos cosh cosine_distance cot coth csc csch current_date current_datetime current_time
current_timestamp date date_add date_bucket date_diff date_from_unix_date date_sub date_trunc datetime datetime_add
datetime_bucket datetime_diff datetime_sub datetime_trunc div edit_distance ends_with error euclidean_distance exp
extract farm_fingerprint float32 float64 float64_array floor format format_date format_datetime format_time
format_timestamp from_base32 from_base64 from_hex generate_array generate_date_array generate_range_array
generate_timestamp_array generate_uuid greatest ieee_divide if iferror ifnull initcap instr int64 int64_array is_inf
is_nan isnull json_array json_array_append json_array_insert json_extract json_extract_array json_extract_scalar
json_extract_string_array json_flatten json_keys json_object json_query json_query_array json_remove json_set
json_strip_nulls json_type json_value json_value_array justify_days justify_hours justify_interval last_day lax_bool
lax_bool_array lax_float64 lax_float64_array lax_int64 lax_int64_array lax_string lax_string_array least left length
ln log log10 lower lpad ltrim make_interval md5 mod normalize normalize_and_casefold nullif nullifzero octet_length
parse_bignumeric parse_date parse_datetime parse_json parse_numeric parse_time parse_timestamp pow power rand range
range_bucket range_contains range_end range_intersect range_overlaps range_start regexp_contains regexp_extract
regexp_extract_all regexp_instr regexp_replace regexp_substr repeat replace reverse right round rpad rtrim safe_add
safe_cast safe_convert_bytes_to_string safe_divide safe_multiply safe_negate safe_subtract search sec sech
session_user sha1 sha256 sha512 sign sin sinh soundex split sqrt starts_with string string_array strpos substr
substring tan tanh time time_add time_diff time_sub time_trunc timestamp timestamp_add timestamp_bucket
timestamp_diff timestamp_from_unix_micros timestamp_from_unix_millis timestamp_from_unix_seconds timestamp_micros
timestamp_millis timestamp_seconds timestamp_sub timestamp_trunc to_base32 to_base64 to_code_points to_hex to_json
to_json_string translate trim trunc typeof unicode unix_date unix_micros unix_millis unix_seconds upper zeroifnull
"""
_AGGREGATE: Final = """
any_value approx_count_distinct approx_quantiles approx_top_count approx_top_sum array_agg array_concat_agg avg
bit_and bit_or bit_xor corr count countif covar_pop covar_samp cume_dist dense_rank first_value grouping lag
last_value lead logical_and logical_or max max_by min min_by nth_value ntile percent_rank percentile_cont
percentile_disc rank row_number stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance
"""
BUILT_IN: Final = frozenset(_SCALAR.split() + _AGGREGATE.split())
"""The functions whose value depends on their arguments alone."""

_LITERALS: Final = frozenset({TokenType.STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING, TokenType.NUMBER})

NAMESPACES: Final = frozenset({"safe", "net", "hll_count", "kll_quantiles"})
"""Prefixes of built-in functions."""

_WORD_LIST: Final = """
all and any array as asc between bignumeric bytes by case cross cube current date datetime decimal desc distinct
else except exists float64 following for from full group grouping having ignore in inner int64 intersect interval is
join json lateral left like limit not null nulls numeric offset on or order ordinal outer over partition pivot
preceding qualify range recursive replace respect right rollup rows safe_offset safe_ordinal select set sets some
string struct system tablesample then timestamp to unbounded union unnest unpivot using values when where window with
"""
_WORDS: Final = frozenset(_WORD_LIST.split())
"""Words that may stand before a parenthesis without being a function."""


@dataclass(frozen=True)
class Function:
    """A function that the model defines. `body` is None where it is not SQL: then it sees its arguments alone."""

    parameters: tuple[str, ...]
    body: exp.Expr | None


class NotAFunction(Exception):
    """The header holds something else than definitions of temporary functions."""


def defined(statements: list[exp.Expr]) -> dict[str, Function]:
    """The temporary functions that a header defines, by name. NotAFunction names what else stands there."""
    found = {}
    for statement in statements:
        signature, body = statement.this, statement.args.get("expression")
        if not isinstance(signature, exp.UserDefinedFunction) or not statement.find(exp.TemporaryProperty):
            raise NotAFunction(statement.sql("bigquery"))
        name = signature.this.name.casefold()
        if name in BUILT_IN:
            raise NotAFunction(f"{name}, which is built in")
        language = statement.find(exp.LanguageProperty)
        is_sql = language is None or language.name.casefold() == "sql"
        known = isinstance(body, exp.Paren | exp.Subquery) if is_sql else isinstance(body, exp.Literal | exp.RawString)
        if not known or statement.find(exp.RemoteWithConnectionModelProperty):
            raise NotAFunction(f"{name}, whose body is not known")
        parameters = tuple(parameter.name.casefold() for parameter in signature.expressions)
        found[name] = Function(parameters, body if is_sql else None)
    return found


def unknown_calls(sql: str, known: frozenset[str]) -> list[str]:
    """The names before parentheses that are neither built-in functions nor words of the language, nor known.

    sqlglot has functions of its own under many names; a stored function of such a name would go unseen in its tree.
    """
    return list(_calls(BigQuery().tokenize(sql), known))


def _calls(tokens: list[Token], known: frozenset[str]) -> Iterator[str]:
    for position, token in enumerate(tokens[1:], start=1):
        before = tokens[position - 1]
        if token.token_type is not TokenType.L_PAREN or not re.match("[A-Za-z_]", before.text):
            continue
        if before.token_type in _LITERALS:
            continue
        name = before.text.casefold()
        if position > 1 and tokens[position - 2].token_type is TokenType.DOT:
            namespace = tokens[position - 3].text.casefold() if position > 2 else ""
            if namespace not in NAMESPACES:
                yield f"{namespace}.{name}"
        elif name not in BUILT_IN and name not in _WORDS and name not in known:
            yield name
