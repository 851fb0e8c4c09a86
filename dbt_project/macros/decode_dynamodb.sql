{#- DynamoDB's export: the column Item, where an attribute is {type: value} of the types S, N, B, BOOL, NULL, M, L, SS, NS, BS.

    A missing attribute and a NULL one are null; an empty string stays empty. A number is text of up to 38 digits: a
    column that needs them all is declared STRING. Maps and lists declared JSON stay as they are, typed. BigQuery stores
    no null array, so a missing set is an empty one, which DynamoDB itself does not have.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html -#}
{% macro dynamodb_value(path, data_type) -%}
    {%- set attribute = dynamodb_attribute(path) -%}
    {%- set element = element_type(data_type) -%}
    {%- if element -%}
        {%- set type = {'STRING': 'SS', 'BYTES': 'BS'}.get(element, 'NS') -%}
        {%- set texts = "json_value_array(item, '" ~ attribute ~ '.' ~ type ~ "')" -%}
        {{ decode_texts(texts, element, texts ~ ' is not null') if element != 'STRING' else texts }}
    {%- elif data_type == 'JSON' -%}
        if({{ dynamodb_is_present(path, data_type) }}, json_query(item, '{{ attribute }}'), null)
    {%- elif data_type == 'STRING' -%}
        coalesce(json_value(item, '{{ attribute }}.S'), json_value(item, '{{ attribute }}.N'))
    {%- else -%}
        {%- set numeric = data_type in ('INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC') -%}
        {%- set type = {'BYTES': 'B', 'BOOL': 'BOOL'}.get(data_type, 'N' if numeric else 'S') -%}
        {{ decode_text("json_value(item, '" ~ attribute ~ '.' ~ type ~ "')", data_type) }}
    {%- endif -%}
{%- endmacro %}


{% macro dynamodb_is_present(path, data_type) -%}
    {%- set attribute = dynamodb_attribute(path) -%}
    json_query(item, '{{ attribute }}') is not null and json_value(item, '{{ attribute }}.NULL') is null
{%- endmacro %}


{#- The JSON path of an attribute; what lies in a map lies below its M. -#}
{% macro dynamodb_attribute(path) -%}
    {%- set keys = path[:1] -%}
    {%- for key in path[1:] -%}
        {%- do keys.extend(['M', key]) -%}
    {%- endfor -%}
    {{ return(json_path(keys)) }}
{%- endmacro %}
