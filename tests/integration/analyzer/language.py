"""GoogleSQL as BigQuery speaks it: ZetaSQL's analyzer has more features than BigQuery has.

Only what BigQuery's reference documents is switched on; what is uncertain stays off, so that a query which needs it is
refused here and looked at by a person. The package's build lacks BigQuery's SEARCH, CONTAINS_SUBSTR and
the functions of models (ML, AI): a query that needs one declares it in the catalogue first.
https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax
"""

from typing import Final

from zetasql import types

FEATURES: Final = """
    ADDITIONAL_DATE_TIME_FUNCTIONS ADDITIONAL_STRING_FUNCTIONS ALLOW_CONSECUTIVE_ON ALLOW_DASHES_IN_TABLE_NAME
    ALLOW_REGEXP_EXTRACT_OPTIONALS ANALYTIC_FUNCTIONS ANNOTATION_FRAMEWORK BARE_ARRAY_ACCESS BIGNUMERIC_TYPE
    CAST_DIFFERENT_ARRAY_TYPES CBRT_FUNCTIONS CIVIL_TIME COLLATION_SUPPORT CONCAT_MIXED_TYPES
    CREATE_TABLE_AS_SELECT_COLUMN_LIST CREATE_TABLE_CLUSTER_BY CREATE_TABLE_FIELD_ANNOTATIONS CREATE_TABLE_NOT_NULL
    CREATE_TABLE_PARTITION_BY CREATE_VIEW_WITH_COLUMN_LIST DATE_ARITHMETICS DATE_TIME_CONSTRUCTORS DECIMAL_ALIAS
    DISABLE_ARRAY_MIN_AND_MAX DISABLE_ARRAY_SUM_AND_AVG DISABLE_FLOAT32 DML_UPDATE_WITH_JOIN
    ENABLE_CONSTANT_EXPRESSION_IN_JSON_PATH ENCRYPTION EXTENDED_DATE_TIME_SIGNATURES FORMAT_IN_CAST
    FOR_SYSTEM_TIME_AS_OF FUNCTION_ARGUMENTS_WITH_DEFAULTS GEOGRAPHY GROUPING_BUILTIN GROUPING_SETS GROUP_BY_ALL
    GROUP_BY_ARRAY GROUP_BY_ROLLUP GROUP_BY_STRUCT HAVING_IN_AGGREGATE INTERVAL_TYPE INVERSE_TRIG_FUNCTIONS
    IS_DISTINCT JSON_ARRAY_FUNCTIONS JSON_CONSTRUCTOR_FUNCTIONS JSON_KEYS_FUNCTION JSON_LAX_VALUE_EXTRACTION_FUNCTIONS
    JSON_MUTATOR_FUNCTIONS JSON_QUERY_LAX JSON_TYPE JSON_VALUE_EXTRACTION_FUNCTIONS LIKE_ANY_SOME_ALL
    LIMIT_IN_AGGREGATE NAMED_ARGUMENTS NULLS_FIRST_LAST_IN_ORDER_BY NULL_HANDLING_MODIFIER_IN_AGGREGATE
    NULL_HANDLING_MODIFIER_IN_ANALYTIC NUMERIC_TYPE OMIT_INSERT_COLUMN_LIST ORDER_BY_COLLATE ORDER_BY_IN_AGGREGATE
    PARAMETERIZED_TYPES PIPES PIVOT QUALIFY RANGE_TYPE ROUND_WITH_ROUNDING_MODE SAFE_FUNCTION_CALL
    SELECT_STAR_EXCEPT_REPLACE TABLESAMPLE TABLE_VALUED_FUNCTIONS TEMPLATE_FUNCTIONS TIME_BUCKET_FUNCTIONS
    UNENFORCED_PRIMARY_KEYS UNPIVOT
    WEEK_WITH_WEEKDAY WITH_EXPRESSION WITH_ON_SUBQUERY WITH_RECURSIVE
"""

MISSING: Final = ("ARRAY_INCLUDES", "ARRAY_IS_DISTINCT", "NULLIFZERO", "SPLIT_SUBSTR", "TYPEOF", "ZEROIFNULL")
"""Functions that ZetaSQL has without any feature, and BigQuery's reference does not list."""


def language() -> types.LanguageOptions:
    """What a statement may be written in: external types, so that there is no FLOAT or DOUBLE; BigQuery's features."""
    return types.LanguageOptions(
        product_mode=types.ProductMode.PRODUCT_EXTERNAL,
        enabled_language_features=[types.LanguageFeature[f"FEATURE_{name}"] for name in FEATURES.split()],
        supported_statement_kinds=[kind for kind in types.ResolvedNodeKind if kind.name.endswith("_STMT")],
        reserved_keywords=["QUALIFY"],  # BigQuery reserves it; ZetaSQL leaves that to the engine
    )


def functions(spoken: types.LanguageOptions) -> types.ZetaSQLBuiltinFunctionOptions:
    """The built-in functions of a language, without those that BigQuery lacks."""
    missing = [one for one in types.FunctionSignatureId if one.name.removeprefix("FN_").startswith(MISSING)]
    return types.ZetaSQLBuiltinFunctionOptions(language_options=spoken, exclude_function_ids=missing)
