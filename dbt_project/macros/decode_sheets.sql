{#- Google Sheets: the column cells, {header: unformatted value}. Numbers and dates are JSON numbers, dates as days
    since 1899-12-30; text is text, with its leading zeros; a formula's error is text as well, such as #REF!. An empty
    cell is null: the API writes an empty string for it, and leaves it out at the end of a row.
    https://developers.google.com/workspace/sheets/api/guides/formats -#}
{% macro sheets_delivered(path) -%}
    json_query(cells, '{{ json_path(path) }}')
{%- endmacro %}


{% macro sheets_decoded(column, data_type) -%}
    {%- set cell = 'nullif(json_value(' ~ column ~ ", '$'), '')" -%}
    {%- set number = 'if(json_type(' ~ column ~ ") = 'number', " ~ cell ~ ', null)' -%}
    {%- if data_type in ('STRING', 'BOOL') -%}
        {{ decode_text(cell, data_type) }}
    {%- elif data_type in ('INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC') -%}
        {{ decode_text(number, data_type) }}
    {%- elif data_type == 'DATE' -%}
        date_add(date '1899-12-30', interval safe_cast(regexp_extract({{ number }}, r'^[0-9]{1,6}$') as int64) day)
    {%- else -%}
        {{ exceptions.raise_compiler_error('A cell cannot be decoded as ' ~ data_type ~ '.') }}
    {%- endif -%}
{%- endmacro %}


{% macro sheets_is_present(column, data_type) -%}
    coalesce(json_type({{ column }}) != 'null' and coalesce(json_value({{ column }}, '$'), '-') != '', false)
{%- endmacro %}
