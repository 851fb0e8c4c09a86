{#- A text expression as a value of a scalar type, or null where the text is not exactly such a value.

    Stricter than a cast, so that nothing changes unseen: no rounding (numeric takes 9 decimals, bignumeric 38), no
    time stamp without its offset, no digits beyond the microsecond, no surrounding blanks, no other word for true. -#}
{% macro decode_text(text, data_type) -%}
    {%- set datetime = '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?' -%}
    {%- set patterns = {
        'INT64': '-?[0-9]+',
        'FLOAT64': '-?(?:[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?|Infinity)|NaN',
        'NUMERIC': '-?[0-9]+(?:[.][0-9]{1,9}0*)?',
        'BIGNUMERIC': '-?[0-9]+(?:[.][0-9]{1,38}0*)?',
        'BOOL': 'true|false',
        'DATE': '[0-9]{4}-[0-9]{2}-[0-9]{2}',
        'DATETIME': datetime,
        'TIME': '[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?',
        'TIMESTAMP': datetime ~ '(?:Z|[+-][0-9]{2}(?::[0-9]{2})?)',
    } -%}
    {%- if data_type == 'STRING' -%}
        {{ text }}
    {%- elif data_type == 'BYTES' -%}
        safe.from_base64({{ text }})
    {%- elif data_type == 'JSON' -%}
        safe.parse_json({{ text }})
    {%- elif data_type in patterns -%}
        safe_cast(regexp_extract({{ text }}, r'^(?:{{ patterns[data_type] }})$') as {{ data_type | lower }})
    {%- else -%}
        {{ exceptions.raise_compiler_error('Text cannot be decoded as ' ~ data_type ~ '.') }}
    {%- endif -%}
{%- endmacro %}


{#- An array of text as an array of a scalar type, in order; null where `exists_if` is not true or an element does not
    decode, for BigQuery stores no null element. `text` is an element's text, an expression of the column `element`. -#}
{% macro decode_texts(texts, element_type, exists_if, text='element') -%}
    if(
        {{ exists_if }},
        (
            select if(countif(value is null) = 0, ifnull(array_agg(value order by position), []), null)
            from (
                select
                    {{ decode_text(text, element_type) }} as value,
                    position
                from unnest({{ texts }}) as element with offset as position
            )
        ),
        null
    )
{%- endmacro %}
