{#- The rows of a raw table that staging reads: the table as it was at the window's end, as a subquery.

    Of a table that is delivered in full, these are the window's partition. Of one that is delivered as changes, they are
    the newest row of each key since the last full delivery, without what was deleted: <kind>_current(relation, days,
    columns), where `days` is the predicate for the partitions and `columns` are the contract's of the key. Which
    partitions were delivered in full is in the receipts; they are asked when dbt compiles, for BigQuery reads only the
    partitions that a constant names. -#}
{% macro current_rows(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- set kind = source_name | replace('raw_', '') -%}
    {%- if comes_as_changes(source_name, table_name) -%}
        {%- set first, last = base_partition(source_name, table_name), window_date() -%}
        {%- set days = "_partitiontime between timestamp('" ~ first ~ "') and timestamp('" ~ last ~ "')" -%}
        {{ context[kind ~ '_current'](relation, days, key_columns(source_name, table_name)) }}
    {%- else -%}
        (
        select *
        from {{ relation }}
        where {{ in_window_partition() }}{{ ' and deleted is not true' if kind == 'stripe' }}
    )
    {%- endif -%}
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


{#- A full export has the column Item; an incremental one Keys, and NewImage where the item was not deleted. Changes of one
    key within a window are one row; a window of 25 hours has two exports, so the time of writing decides.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html -#}
{% macro dynamodb_current(relation, days, key_columns) -%}
    (
        select coalesce(newimage, item) as item
        from {{ relation }}
        where {{ days }}
        qualify row_number() over (
            partition by
                {%- for column in key_columns %}
                to_json_string(json_query(coalesce(keys, item), '{{ json_path(column.path) }}')){{ ',' if not loop.last }}
                {%- endfor %}
            order by _partitiontime desc, safe_cast(json_value(metadata, '$.WriteTimestampMicros.N') as int64) desc
        ) = 1
        and coalesce(newimage, item) is not null
    )
{%- endmacro %}
