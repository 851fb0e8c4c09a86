{#- The platform's time zone, in which days begin and end. -#}
{% macro timezone() -%}
    {{ return(env_var('KURA_TIMEZONE', 'Asia/Tokyo')) }}
{%- endmacro %}


{#- The window's day, YYYY-MM-DD: the variable window_date, or the last day that has ended. -#}
{% macro window_date() -%}
    {%- set given = var('window_date', none) -%}
    {%- if given is none -%}
        {%- set now = run_started_at.astimezone(modules.pytz.timezone(timezone())) -%}
        {{ return((now - modules.datetime.timedelta(days=1)).strftime('%Y-%m-%d')) }}
    {%- elif not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', given | string) -%}
        {{ exceptions.raise_compiler_error("window_date is '" ~ given ~ "'; give a day as YYYY-MM-DD.") }}
    {%- else -%}
        {{ return(given | string) }}
    {%- endif -%}
{%- endmacro %}


{#- The first instant after the window, as SQL. -#}
{% macro window_end() -%}
    timestamp(date_add(date '{{ window_date() }}', interval 1 day), '{{ timezone() }}')
{%- endmacro %}


{#- The day of an instant in the platform's time zone, as SQL. -#}
{% macro local_day(instant) -%}
    date({{ instant }}, '{{ timezone() }}')
{%- endmacro %}


{#- The predicate that keeps exactly the window's partition of a raw table: no earlier delivery and no later one. -#}
{% macro in_window_partition() -%}
    _partitiontime = timestamp('{{ window_date() }}')
{%- endmacro %}


{#- The end of the newest window that is loaded of a source's table, by the receipts: dbt's `loaded_at_query`. A backfill
    of an old day, which is a recent load, makes no table fresh. -#}
{% macro newest_receipt() -%}
    select max(window_end)
    from `{{ target.project }}`.ops.loads
    where source = '{{ model.source_name | replace("raw_", "") }}' and table_name = '{{ model.name }}'
{%- endmacro %}
