{#- The query of no rows that has the declared columns; a contract is compared with it. dbt's own warns of NUMERIC without
    precision and scale, which in BigQuery are always 38 and 9:
    https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types -#}
{% macro bigquery__get_empty_schema_sql(columns) -%}
    select
    {%- for column in columns.values() %}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
