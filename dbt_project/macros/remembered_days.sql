{#- The first day of which BigQuery still lists every job, as a SQL literal. It forgets a job after 180 days. -#}
{% macro first_remembered_day() -%}
    {%- set today = run_started_at.astimezone(modules.pytz.timezone(timezone())) -%}
    {{ return("date '" ~ (today - modules.datetime.timedelta(days=178)).strftime('%Y-%m-%d') ~ "'") }}
{%- endmacro %}


{#- Those of the rebuilt days of which BigQuery still lists every job, newest first; for a window that is too old, a day on
    which there was none, for an empty list would mean any day to dbt. -#}
{% macro remembered_days() -%}
    {%- set days = rebuilt_days() | select('>=', first_remembered_day()) | list -%}
    {{ return(days or ["date '1970-01-01'"]) }}
{%- endmacro %}
