{#- How a staging model reads its contract, in three steps:

        select {{ deliver('raw_dynamodb', 'voices') }}    each declared column's value as the source wrote it
        select {{ decode('raw_dynamodb', 'voices') }}     each with the declared type, null where it is no such value,
                                                          beside it <column>_is_present where decoding can fail
        {{ undecoded('raw_dynamodb', 'voices') }}         the names of those that are present and yet null

    Of a table that is delivered as changes, deliver and decode hand on _delivered_on as well.

    The contract alone states names, types and paths. How a kind of source writes its values is in decode_<kind>.sql:
    <kind>_delivered(path), <kind>_decoded(column, data_type), and <kind>_is_present(column, data_type), which is empty
    where decoding cannot fail. -#}
{% macro deliver(source_name, table_name) -%}
    {%- set kind = source_name | replace('raw_', '') -%}
    {%- for column in declared_columns(source_name, table_name) -%}
        {%- set delivered = context[kind ~ '_delivered'](column.path) | trim -%}
        {{ delivered }}{{ ' as ' ~ column.name if delivered != column.name }}
        {%- if not loop.last %},
        {% endif -%}
    {%- endfor -%}
    {{- ',\n        _delivered_on' if comes_as_changes(source_name, table_name) }}
{%- endmacro %}


{% macro decode(source_name, table_name) -%}
    {%- set kind = source_name | replace('raw_', '') -%}
    {%- for column in declared_columns(source_name, table_name) -%}
        {%- set decoded = context[kind ~ '_decoded'](column.name, column.data_type) | trim -%}
        {%- set is_present = context[kind ~ '_is_present'](column.name, column.data_type) | trim -%}
        {{ decoded }}{{ ' as ' ~ column.name if decoded != column.name }}
        {%- if is_present %},
        {{ is_present }} as {{ column.name }}_is_present
        {%- endif -%}
        {%- if not loop.last %},
        {% endif -%}
    {%- endfor -%}
    {{- ',\n        _delivered_on' if comes_as_changes(source_name, table_name) }}
{%- endmacro %}


{% macro undecoded(source_name, table_name) -%}
    {%- set kind = source_name | replace('raw_', '') -%}
    {%- set tests = {} -%}
    {%- for column in declared_columns(source_name, table_name)
        if context[kind ~ '_is_present'](column.name, column.data_type) | trim -%}
        {%- do tests.update({column.name: column.name ~ '_is_present and ' ~ column.name ~ ' is null'}) -%}
    {%- endfor -%}
    if(
        {{ '(' ~ tests.values() | join(')\n        or (') ~ ')' if tests else 'false' }},
        array_concat(
            {%- for column, test in tests.items() %}
            if({{ test }}, ['{{ column }}'], [])
            {%- if not loop.last %},{% endif %}
            {%- else %}
            []
            {%- endfor %}
        ),
        cast([] as array<string>)
    )
{%- endmacro %}


{#- The columns that a contract declares, as {name, data_type, path}; the path is a list of keys. -#}
{% macro declared_columns(source_name, table_name) -%}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set table = graph.sources['source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table_name] -%}
        {%- for column in table.columns.values() -%}
            {%- set path = column.config.meta.get('path', column.name) -%}
            {%- do columns.append({
                'name': column.name,
                'data_type': column.data_type,
                'path': [path] if path is string else path,
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}


{#- The JSON path to nested keys, for a string in single quotes. -#}
{% macro json_path(keys) -%}
    $
    {%- for key in keys -%}
        {{ '.' ~ key if modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', key) else '."' ~ key | replace("'", "\\'") ~ '"' }}
    {%- endfor -%}
{%- endmacro %}


{#- The type of an array's elements; none where the type is not an array. -#}
{% macro element_type(data_type) -%}
    {{ return(data_type[6:-1] if data_type.startswith('ARRAY<') else none) }}
{%- endmacro %}
