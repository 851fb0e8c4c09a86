{#- The days of a fact whose rows are not what they should be by now, for a model that is materialized as `days`:

        {%- set rows -%} select ... {%- endset %}
        {%- set days = differing_days(rows) %}
        select ... from ({{ rows }}) where {{ in_days('paid_on', days) }}

    For a fact that is made of more than the rows of its days: an exchange rate that is put right later, a customer whose
    user becomes known, or a late invoice changes days long past, and nothing that was delivered belongs to them. `rows` are
    all of the fact's rows; they are compared with those that are there, and only days that differ are written. It fits
    facts that grow with what is sold. For one that grows with usage, see touched_days.

    None, which means all days, where there is no table that can be compared. -#}
{% macro differing_days(rows) -%}
    {%- if not execute or model.resource_type == 'unit_test' -%}
        {{ return({'days': none, 'before': none, 'after': none}) }}
    {%- endif -%}
    {%- set state = labels_of(this).get('state') -%}
    {%- set after = state_of([state or 'new', invocation_id]) -%}
    {%- set declared = model.columns.keys() | list -%}
    {%- if should_full_refresh() or not state
        or adapter.get_columns_in_relation(this) | map(attribute='name') | list != declared -%}
        {{ return({'days': none, 'before': none, 'after': after}) }}
    {%- endif -%}
    {%- set columns = declared | join(', ') -%}
    {%- set day = config.get('partition_by').field -%}
    {%- set found = run_query(
        'with due as (select ' ~ columns ~ ' from (' ~ rows ~ ')),'
        ~ ' kept as (select ' ~ columns ~ ' from ' ~ this ~ ' where ' ~ day ~ " >= date '0001-01-01'),"
        ~ ' differing as (select * from (select * from due except distinct select * from kept)'
        ~ ' union all select * from (select * from kept except distinct select * from due))'
        ~ ' select distinct ' ~ day ~ ' from differing order by ' ~ day
    ).columns[0].values() | map('string') | list -%}
    {%- if not found -%}
        {{ return({'days': [], 'before': state, 'after': state}) }}
    {%- elif found | length > max_named_days() -%}
        {{ return({'days': none, 'before': none, 'after': after}) }}
    {%- endif -%}
    {{ return({'days': found, 'before': state, 'after': after}) }}
{%- endmacro %}
