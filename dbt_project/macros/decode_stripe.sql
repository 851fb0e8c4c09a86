{#- Stripe: the column object, as the API returns it. Instants are seconds since 1970, amounts whole minor units; null and
    missing mean the same. https://docs.stripe.com/api -#}
{% macro stripe_value(path, data_type) -%}
    {%- set value = "json_value(object, '" ~ json_path(path) ~ "')" -%}
    {%- set element = element_type(data_type) -%}
    {%- if element -%}
        {%- set texts = "json_value_array(object, '" ~ json_path(path) ~ "')" -%}
        {{ decode_texts(texts, element, texts ~ ' is not null') }}
    {%- elif data_type == 'JSON' -%}
        if({{ stripe_is_present(path, data_type) }}, json_query(object, '{{ json_path(path) }}'), null)
    {%- elif data_type == 'TIMESTAMP' -%}
        safe.timestamp_seconds({{ decode_text(value, 'INT64') }})
    {%- else -%}
        {{ decode_text(value, data_type) }}
    {%- endif -%}
{%- endmacro %}


{% macro stripe_is_present(path, data_type) -%}
    coalesce(json_type(json_query(object, '{{ json_path(path) }}')) != 'null', false)
{%- endmacro %}
