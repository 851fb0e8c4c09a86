{#- The first day of which BigQuery still lists every job, as a SQL literal. It forgets a job after 180 days. -#}
{% macro first_remembered_day() -%}
    {%- set today = run_started_at.astimezone(modules.pytz.timezone(timezone())) -%}
    {{ return("date '" ~ (today - modules.datetime.timedelta(days=178)).strftime('%Y-%m-%d') ~ "'") }}
{%- endmacro %}


{#- The days that ops.queries builds again, as SQL literals, newest first: the window's and the three before it, of which
    BigQuery still lists every job; for a window that is too old, a day on which there was none, for an empty list would
    mean any day to dbt. -#}
{% macro remembered_days() -%}
    {%- set last = modules.datetime.datetime.strptime(window_date(), '%Y-%m-%d') -%}
    {%- set days = [] -%}
    {%- for back in range(4) -%}
        {%- do days.append("date '" ~ (last - modules.datetime.timedelta(days=back)).strftime('%Y-%m-%d') ~ "'") -%}
    {%- endfor -%}
    {{ return(days | select('>=', first_remembered_day()) | list or ["date '1970-01-01'"]) }}
{%- endmacro %}


{#- Puts days, as SQL literals, in the place of those that `config()` of an incremental model has in `partitions`. What
    stands in there is read when the project is parsed, which is not done anew for another window. -#}
{% macro replace_partitions(days) -%}
    {%- if execute -%}
        {%- set partitions = config.get('partitions') -%}
        {%- do partitions.clear() -%}
        {%- do partitions.extend(days) -%}
    {%- endif -%}
{%- endmacro %}
