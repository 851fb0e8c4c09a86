{#- DynamoDB's export: the column Item, where an attribute is {type: value}; the types are S, N, B, BOOL, NULL, M, L, SS,
    NS and BS.

    A missing attribute and a NULL one are null; an empty string stays empty. A number is text of up to 38 digits: a
    column that needs them all is declared STRING. Maps and lists declared JSON stay as they are, typed. BigQuery stores
    no null array, so a missing set is an empty one, which DynamoDB itself does not have.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html -#}
{% macro dynamodb_delivered(path) -%}
    json_query(item, '{{ json_path(path[:1]) }}{% for key in path[1:] %}.M{{ json_path([key])[1:] }}{% endfor %}')
{%- endmacro %}


{% macro dynamodb_decoded(column, data_type) -%}
    {%- set element = element_type(data_type) -%}
    {%- if element -%}
        {%- set type = {'STRING': 'SS', 'BYTES': 'BS'}.get(element, 'NS') -%}
        {%- set texts = 'json_value_array(' ~ column ~ ", '$." ~ type ~ "')" -%}
        {{ texts if element == 'STRING' else decode_texts(texts, element, exists_if=texts ~ ' is not null') }}
    {%- elif data_type == 'JSON' -%}
        if({{ dynamodb_is_present(column, data_type) }}, {{ column }}, null)
    {%- elif data_type == 'STRING' -%}
        coalesce(json_value({{ column }}, '$.S'), json_value({{ column }}, '$.N'))
    {%- else -%}
        {%- set is_number = data_type in ('INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC') -%}
        {%- set type = {'BYTES': 'B', 'BOOL': 'BOOL'}.get(data_type, 'N' if is_number else 'S') -%}
        {{ decode_text('json_value(' ~ column ~ ", '$." ~ type ~ "')", data_type) }}
    {%- endif -%}
{%- endmacro %}


{% macro dynamodb_is_present(column, data_type) -%}
    {{ column }} is not null and json_value({{ column }}, '$.NULL') is null
{%- endmacro %}
