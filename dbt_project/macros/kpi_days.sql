{#- The predicate for the days that this run of an incremental model builds, and so many `before` them. Its ends are
    constants, for BigQuery reads only the partitions that a constant names. The first build takes all days. -#}
{% macro in_built_days(column, before=0) -%}
    {%- if is_incremental() -%}
    {{ column }} between date '{{ first_built_day(before) }}' and date '{{ window_date() }}'
    {%- else -%}
    {{ column }} <= date '{{ window_date() }}'
    {%- endif -%}
{%- endmacro %}


{#- The earliest of the days that a run builds again, or so many days before it; YYYY-MM-DD. -#}
{% macro first_built_day(before=0) -%}
    {%- set first = (rebuilt_days() | sort | first)[6:16] -%}
    {%- set day = modules.datetime.datetime.strptime(first, '%Y-%m-%d') - modules.datetime.timedelta(days=before) -%}
    {{ return(day.strftime('%Y-%m-%d')) }}
{%- endmacro %}


{#- The first day of the window's month, YYYY-MM-DD. -#}
{% macro window_month() -%}
    {{ return(window_date()[:7] ~ '-01') }}
{%- endmacro %}


{#- The months of the days that a run builds again, as a list of SQL literals. -#}
{% macro rebuilt_months() -%}
    {%- set months = [] -%}
    {%- for day in rebuilt_days() | sort -%}
        {%- set month = day[:14] ~ "01'" -%}
        {%- if month not in months -%}
            {%- do months.append(month) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(months) }}
{%- endmacro %}
