{#- The rows of a raw table that staging reads: the table as it was at the window's end, as a subquery.

    Of a table that is delivered in full, these are the window's partition. Of one that is delivered as changes, they are
    the newest row of each key since the last full delivery, without what was deleted: current_<kind>.sql. Which partitions
    were delivered in full is in the receipts; they are asked when dbt compiles, for BigQuery reads only the partitions that
    a constant names. -#}
{% macro current_rows(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- set kind = source_name | replace('raw_', '') -%}
    {%- if comes_as_changes(source_name, table_name) -%}
        {{ context[kind ~ '_current'](
            relation, days_since_full(source_name, table_name), key_columns(source_name, table_name)
        ) }}
    {%- else -%}
        (
        select *
        from {{ relation }}
        where {{ in_window_partition() }}{{ ' and deleted is not true' if kind == 'stripe' }}
    )
    {%- endif -%}
{%- endmacro %}


{#- The keys that were deleted since the last full delivery and are not there again, in the columns that `deliver` reads,
    and deleted_at. Only of tables that are delivered as changes: a full delivery does not say what it lacks. -#}
{% macro deleted_rows(source_name, table_name) -%}
    {%- set kind = source_name | replace('raw_', '') -%}
    {%- if execute and not (comes_as_changes(source_name, table_name) and (kind ~ '_deleted') in context) -%}
        {{ exceptions.raise_compiler_error(
            source_name ~ '.' ~ table_name ~ ' is never told what was deleted: that takes mode incremental in its contract.'
        ) }}
    {%- elif execute -%}
        {{ context[kind ~ '_deleted'](
            source(source_name, table_name),
            days_since_full(source_name, table_name),
            key_columns(source_name, table_name)
        ) }}
    {%- else -%}
        {{ source(source_name, table_name) }}
    {%- endif -%}
{%- endmacro %}


{#- The predicate for the partitions from the last full delivery to the window. -#}
{% macro days_since_full(source_name, table_name) -%}
    {%- set first, last = base_partition(source_name, table_name), window_date() -%}
    _partitiontime between timestamp('{{ first }}') and timestamp('{{ last }}')
{%- endmacro %}


{#- Whether a table's contract lets it be delivered as changes. -#}
{% macro comes_as_changes(source_name, table_name) -%}
    {%- set extract = contract(source_name, table_name).get('extract', {}) -%}
    {{ return(extract.get('mode') == 'incremental' or 'cursor' in extract) }}
{%- endmacro %}


{#- The day of the newest full delivery up to the window, YYYY-MM-DD. Not the one that the window was delivered upon: a
    day between may have been delivered in full since. -#}
{% macro base_partition(source_name, table_name) -%}
    {%- set day = window_date() -%}
    {%- if not execute -%}
        {{ return(day) }}
    {%- endif -%}
    {%- set found = run_query(
        "select max(if(kind = 'full', partition_id, null)) from (select partition_id, kind"
        ~ " from `" ~ target.project ~ "`.ops.loads"
        ~ " where source = '" ~ source_name | replace('raw_', '') ~ "' and table_name = '" ~ table_name ~ "'"
        ~ " and partition_id <= '" ~ day | replace('-', '') ~ "'"
        ~ " qualify row_number() over (partition by partition_id order by loaded_at desc) = 1)"
    ) -%}
    {%- set base = found.columns[0].values()[0] or day | replace('-', '') -%}
    {{ return(base[:4] ~ '-' ~ base[4:6] ~ '-' ~ base[6:]) }}
{%- endmacro %}


{#- What the contract says in config.meta; empty while dbt parses. -#}
{% macro contract(source_name, table_name) -%}
    {%- if not execute -%}
        {{ return({}) }}
    {%- endif -%}
    {{ return(graph.sources['source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table_name].config.meta) }}
{%- endmacro %}


{#- The declared columns of a table's key. -#}
{% macro key_columns(source_name, table_name) -%}
    {%- set key = contract(source_name, table_name).extract.key -%}
    {%- set names = [key] if key is string else key -%}
    {%- set columns = [] -%}
    {%- for column in declared_columns(source_name, table_name) if column.name in names -%}
        {%- do columns.append(column) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
