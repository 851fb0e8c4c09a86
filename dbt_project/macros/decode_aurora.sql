{#- Aurora's export: one column each. Parquet has integers, floating point, booleans, bytes and text; all other types of
    PostgreSQL arrive as PostgreSQL writes them in text.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/export-cluster-snapshot.html -#}
{% macro aurora_delivered(path) -%}
    `{{ path[0] }}`
{%- endmacro %}


{#- Raw has the types of the source and not those that are declared: a count that PostgreSQL keeps as numeric is text, and
    MySQL's tinyint(1) an integer. Text is read more strictly than a cast reads it; the cast of text to text is nothing. -#}
{% macro aurora_decoded(column, data_type) -%}
    {%- if element_type(data_type) -%}
        {{ decode_postgres_array(column, element_type(data_type)) }}
    {%- elif data_type in ('STRING', 'BYTES', 'FLOAT64', 'BOOL') -%}
        safe_cast({{ column }} as {{ data_type | lower }})
    {%- else -%}
        {{ decode_text('cast(' ~ column ~ ' as string)', data_type) }}
    {%- endif -%}
{%- endmacro %}


{% macro aurora_is_present(column, data_type) -%}
    {{ column }} is not null
{%- endmacro %}


{#- A one-dimensional array literal such as {plain,"with, comma","\"quoted\""}. An element NULL does not decode, nor does a
    literal with bounds or of more dimensions. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO -#}
{% macro decode_postgres_array(column, element_type) -%}
    {%- set element = '(?:"(?:[^"\\\\]|\\\\.)*"|[^,"{}\\\\]+)' -%}
    {{ decode_texts(
        texts="regexp_extract_all(substr(" ~ column ~ ", 2, length(" ~ column ~ ") - 2), r'(?s)" ~ element ~ "')",
        element_type=element_type,
        exists_if="regexp_contains(" ~ column ~ ", r'(?s)^[{](?:" ~ element ~ "(?:," ~ element ~ ")*)?[}]$')",
        text="case when starts_with(element, '\"')"
            ~ " then regexp_replace(substr(element, 2, length(element) - 2), r'(?s)\\\\(.)', r'\\1')"
            ~ " when element != 'NULL' then element end"
    ) }}
{%- endmacro %}
