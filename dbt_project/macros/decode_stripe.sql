{#- Stripe: the column object, as the API returns it. Instants are seconds since 1970, amounts whole minor units;
    null and missing mean the same. https://docs.stripe.com/api -#}
{% macro stripe_delivered(path) -%}
    json_query(object, '{{ json_path(path) }}')
{%- endmacro %}


{% macro stripe_decoded(column, data_type) -%}
    {%- set element = element_type(data_type) -%}
    {%- if element -%}
        {%- set texts = 'json_value_array(' ~ column ~ ", '$')" -%}
        {{ decode_texts(texts, element, exists_if=texts ~ ' is not null') }}
    {%- elif data_type == 'JSON' -%}
        if({{ stripe_is_present(column, data_type) }}, {{ column }}, null)
    {%- elif data_type == 'TIMESTAMP' -%}
        safe.timestamp_seconds({{ decode_text('json_value(' ~ column ~ ", '$')", 'INT64') }})
    {%- else -%}
        {{ decode_text('json_value(' ~ column ~ ", '$')", data_type) }}
    {%- endif -%}
{%- endmacro %}


{% macro stripe_is_present(column, data_type) -%}
    coalesce(json_type({{ column }}) != 'null', false)
{%- endmacro %}
