{#- Google Sheets: the column cells, {header: unformatted value}. Numbers and dates are JSON numbers, dates as days
    since 1899-12-30 with the time of day as a fraction; text is text, with its leading zeros. An empty cell is null: the
    API writes an empty string for it, and leaves it out at the end of a row. A formula's error is text as well, such as
    #REF!, and as good as an empty cell: whoever keeps the sheet is told of it by the extraction's warnings.
    https://developers.google.com/workspace/sheets/api/guides/formats -#}
{% macro sheets_delivered(path) -%}
    json_query(cells, '{{ json_path(path) }}')
{%- endmacro %}


{% macro sheets_decoded(column, data_type) -%}
    {%- set cell = 'nullif(' ~ sheets_cell(column) ~ ", '')" -%}
    {%- set number = 'if(json_type(' ~ column ~ ") = 'number', " ~ cell ~ ', null)' -%}
    {%- if data_type == 'STRING' -%}
        {{ cell }}
    {%- elif data_type == 'BOOL' -%}
        {{ decode_text(cell, data_type) }}
    {%- elif data_type in ('INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC') -%}
        {{ decode_text(number, data_type) }}
    {%- elif data_type == 'DATE' -%}
        date_add(date '1899-12-30', interval safe_cast(regexp_extract({{ number }}, r'^[0-9]{1,6}$') as int64) day)
    {%- elif data_type == 'DATETIME' -%}
        {#- A double has room for no more than microseconds beside the days; people type seconds. -#}
        {%- set days = "safe_cast(regexp_extract(" ~ number ~ ", r'^[0-9]{1,6}(?:[.][0-9]+)?$') as float64)" -%}
        datetime_add(datetime '1899-12-30', interval cast(round({{ days }} * 86400000) as int64) millisecond)
    {%- else -%}
        {{ exceptions.raise_compiler_error('A cell cannot be decoded as ' ~ data_type ~ '.') }}
    {%- endif -%}
{%- endmacro %}


{% macro sheets_is_present(column, data_type) -%}
    coalesce(json_type({{ column }}) != 'null' and coalesce({{ sheets_cell(column) }}, '-') != '', false)
{%- endmacro %}


{#- A cell's text, empty where its formula has no value. -#}
{% macro sheets_cell(column) -%}
    {%- set text = 'json_value(' ~ column ~ ", '$')" -%}
    if({{ text }} in ({{ sheets_errors() }}), '', {{ text }})
{%- endmacro %}


{#- What a cell says whose formula has no value; `extract/sheets_rows.py` has the same list, and a test compares them. -#}
{% macro sheets_errors() -%}
    '#DIV/0!', '#ERROR!', '#N/A', '#NAME?', '#NULL!', '#NUM!', '#REF!', '#VALUE!', 'Loading...'
{%- endmacro %}
