{#- The rows of a raw table that staging reads: the table as it was at the window's end, as a subquery.

    Of a table that is delivered in full, these are the window's partition. Of one that is delivered as changes, they are
    the newest row of each key since the last full delivery, without what was deleted: current_<kind>.sql, and
    materializations/changes.sql, which reads of them only what is new. Which partitions were delivered in full is in the
    receipts; they are asked when dbt compiles, for BigQuery reads only the partitions that a constant names. -#}
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
            days_after_full(source_name, table_name),
            key_columns(source_name, table_name)
        ) }}
    {%- else -%}
        {{ source(source_name, table_name) }}
    {%- endif -%}
{%- endmacro %}


{#- The keys that were deleted in the window and are not there again, decoded, as a query; empty for a kind of source that
    does not tell. -#}
{% macro deleted_keys(source_name, table_name) -%}
    {%- set kind = source_name | replace('raw_', '') -%}
    {%- if (kind ~ '_deleted') in context -%}
        {%- set key = key_columns(source_name, table_name) -%}
        {%- set raw = '`' ~ target.project ~ '`.' ~ source_name ~ '.' ~ table_name -%}
        select {{ key | map(attribute='name') | join(', ') }}
        from (
            select {{ decode(source_name, table_name) }}
            from (
                select {{ deliver(source_name, table_name) }}
                from {{ context[kind ~ '_deleted'](raw, in_window_partition(), key) }}
            )
        )
    {%- endif -%}
{%- endmacro %}


{#- The predicate for the partitions from the last full delivery to the window, and behind it, in a comment, what they hold:
    dbt renders a model and its materialization apart, and the SQL is all that goes from one to the other. -#}
{% macro days_since_full(source_name, table_name) -%}
    {%- set found = deliveries(source_name, table_name) -%}
    {%- set first = found[0].day if found else window_date() -%}
    {%- set held = found | map(attribute='content') | list -%}
    {%- set is_delivered = found and found[-1].day == window_date() -%}
    {%- set before = state_of(held[:-1]) if is_delivered and held | length > 1 -%}
    {%- set after = state_of(held) if is_delivered -%}
    _partitiontime between timestamp('{{ first }}') and timestamp('{{ window_date() }}')
    /* {{ before or 'unknown' }} and this window: {{ after or 'unknown' }} */
{%- endmacro %}


{#- What `days_since_full` has written into a model's SQL: the predicate, with the states before and after the window. -#}
{% macro days_in(sql) -%}
    {%- set predicate = "_partitiontime between timestamp\\('[0-9-]*'\\) and timestamp\\('[0-9-]*'\\)" -%}
    {%- set found = modules.re.search(predicate ~ '\\s*/\\* (\\w+) and this window: (\\w+) \\*/', sql) -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' is materialized as changes, and does not read current_rows of a table that is delivered so.'
        ) }}
    {%- endif -%}
    {%- set before, after = found.groups() -%}
    {{ return({
        'predicate': found.group(0),
        'before': before if before != 'unknown' else none,
        'after': after if after != 'unknown' else none,
    }) }}
{%- endmacro %}


{#- The predicate for the partitions after the last full delivery, up to the window. -#}
{% macro days_after_full(source_name, table_name) -%}
    {%- set found = deliveries(source_name, table_name) -%}
    {%- set first = found[0].day if found else window_date() -%}
    _partitiontime > timestamp('{{ first }}') and _partitiontime <= timestamp('{{ window_date() }}')
{%- endmacro %}


{#- Whether a table's contract lets it be delivered as changes. -#}
{% macro comes_as_changes(source_name, table_name) -%}
    {%- set extract = contract(source_name, table_name).get('extract', {}) -%}
    {{ return(extract.get('mode') == 'incremental' or 'cursor' in extract) }}
{%- endmacro %}


{#- What was loaded from the newest full delivery up to the window, by the receipts, oldest first: {day, content}, the
    content as a text that stands for it. Not from the full delivery that the window was delivered upon: a day between may
    have been delivered in full since. -#}
{% macro deliveries(source_name, table_name) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- set receipts = run_query(
            "with newest as (select partition_id, kind, coalesce(fingerprint, job_id) as content"
            ~ " from `" ~ target.project ~ "`.ops.loads"
            ~ " where source = '" ~ source_name | replace('raw_', '') ~ "' and table_name = '" ~ table_name ~ "'"
            ~ " and partition_id <= '" ~ window_date() | replace('-', '') ~ "'"
            ~ " qualify row_number() over (partition by partition_id order by loaded_at desc) = 1)"
            ~ " select partition_id, kind, content from newest"
            ~ " where partition_id >= (select max(partition_id) from newest where kind = 'full') order by partition_id"
        ) -%}
        {%- for partition, kind, content in receipts.rows -%}
            {%- do found.append({
                'day': partition[:4] ~ '-' ~ partition[4:6] ~ '-' ~ partition[6:],
                'content': [partition, kind, content] | join(' ') if content else none,
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
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
