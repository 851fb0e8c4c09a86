{#- A staging model of a table that is delivered as changes: `current_rows`, brought from the end of the window before to
    this window's end by one MERGE that reads this window's partition alone.

    That takes a table that holds what the deliveries up to the window before make, by the same SQL; its state says so.
    After anything else (a window of old, a partition that was loaded anew, a full delivery, another model, --full-refresh)
    it is built in whole, from the last full delivery on. A window that runs again finds its own state and nothing to do.

    Rows have `_delivered_on`, the day of the partition that they came from. `partition_by`, where the model has it, bounds
    what MERGE reads of the table: only the partitions that have, or will have, one of the changed keys. -#}
{% materialization changes, adapter='bigquery' -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set found = labels_of(this) -%}
    {%- set days = days_in(compiled_code) -%}
    {%- set code = [compiled_code | replace(days.predicate, ''), config.get('partition_by'), config.get('cluster_by')] -%}
    {%- set before, after = state_of([days.before, code | string]), state_of([days.after, code | string]) -%}
    {%- set mergeable = before and after and not should_full_refresh() -%}

    {{ run_hooks(pre_hooks) }}

    {%- if after and found.get('state') == after and not should_full_refresh() -%}
        {%- call noop_statement('main', 'holds the window already') -%}{%- endcall -%}
    {%- elif mergeable and found.get('state') in (before, state_between(before, after)) -%}
        {%- set merge = merge_of_changes(relation, compiled_code | replace(days.predicate, in_window_partition())) -%}
        {%- do bring_forward(relation, merge, before, {'state': after, 'before': before}) -%}
    {%- else -%}
        {%- do build_whole(relation, compiled_code, {'state': after} if after else {}) -%}
    {%- endif -%}

    {{ run_hooks(post_hooks) }}
    {%- do persist_docs(relation, model) -%}
    {{ return({'relations': [relation]}) }}
{%- endmaterialization %}


{#- The MERGE of the window's changes, as `rows` has them, into a staging table; what was deleted in it goes. -#}
{% macro merge_of_changes(relation, rows) -%}
    {%- set source_name, table_name = model.sources[0] -%}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- set keys = key_columns(source_name, table_name) | map(attribute='name') | list -%}
    {%- set gone = deleted_keys(source_name, table_name) -%}
    {%- set changes -%}
        select {{ columns | join(', ') }}, false as _is_gone from ({{ rows }})
        {%- if gone %}
        union all
        select {% for column in columns %}{{ column if column in keys else 'null' }}, {% endfor %}true from ({{ gone }})
        {%- endif %}
    {%- endset -%}
    merge into {{ relation }} as target
    using ({{ changes }}) as changes
    on {% for key in keys %}target.{{ key }} = changes.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        {{ in_changed_partitions(relation, changes, keys) }}
    when matched and changes._is_gone then delete
    when matched then update set
        {%- for column in columns if column not in keys %} {{ column }} = changes.{{ column }}{{ ',' if not loop.last }}{% endfor %}
    when not matched and not changes._is_gone then insert ({{ columns | join(', ') }})
        values (changes.{{ columns | join(', changes.') }})
{%- endmacro %}


{#- The predicate for the table's partitions that have one of the changed keys, or will have it; empty for a table that has
    no partitions. BigQuery reads only the partitions that a constant names, and all columns of those. -#}
{% macro in_changed_partitions(relation, changes, keys) -%}
    {%- set partitioning = adapter.parse_partition_by(config.get('partition_by')) -%}
    {%- if partitioning -%}
        {%- set found = run_query(
            'with changes as (' ~ changes ~ ')'
            ~ ' select ' ~ partitioning.render() ~ ' as day from changes where not _is_gone'
            ~ ' union distinct select ' ~ partitioning.render() ~ ' from ' ~ relation
            ~ ' where (' ~ keys | join(', ') ~ ') in (select (' ~ keys | join(', ') ~ ') from changes)'
        ).columns[0].values() -%}
        and (
            {%- for day in found if day is not none %}
            {{ partitioning.render('target') }} = {{ partitioning.data_type }} '{{ day }}' or
            {%- endfor %}
            target.{{ partitioning.field }} is null
        )
    {%- endif -%}
{%- endmacro %}
