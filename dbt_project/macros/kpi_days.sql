{#- The touched days of a model whose rows depend on earlier days too: all from the earliest that is touched to the window's.
    In the order of days a run touches few before the window's own. -#}
{% macro days_since_touched() -%}
    {%- set touched = touched_days() -%}
    {%- if not touched.days -%}
        {{ return(touched) }}
    {%- endif -%}
    {%- set days, last = [], as_date(window_date()) -%}
    {%- for number in range((last - as_date(touched.days | first)).days + 1) -%}
        {%- do days.append((last - modules.datetime.timedelta(days=number)).isoformat()) -%}
    {%- endfor -%}
    {%- do touched.update({'days': none if days | length > max_named_days() else days | sort}) -%}
    {{ return(touched) }}
{%- endmacro %}


{#- The months of the touched days, each by its first day. -#}
{% macro touched_months() -%}
    {%- set touched = touched_days() -%}
    {%- if not touched.days -%}
        {{ return(touched) }}
    {%- endif -%}
    {%- set months = [] -%}
    {%- for day in touched.days -%}
        {%- do months.append(day[:7] ~ '-01') -%}
    {%- endfor -%}
    {%- do touched.update({'days': months | unique | list}) -%}
    {{ return(touched) }}
{%- endmacro %}


{#- The predicate for the touched days as in_days has it; all of them end with the window, which BigQuery is told because it
    asks for a predicate on the partitions. -#}
{% macro in_touched_days(day, touched) -%}
    {{ day }} <= date '{{ window_date() }}' and {{ in_days(day, touched) }}
{%- endmacro %}


{#- The predicate for the days up to the window's, from so many `before` the first that is touched; for SQL of a date. -#}
{% macro in_days_since(day, touched, before=0) -%}
    {%- if touched.days is none -%}
        {{ day }} <= date '{{ window_date() }}'
    {%- else -%}
        {%- set first = as_date(touched.days | first) - modules.datetime.timedelta(days=before) -%}
        {{ day }} between date '{{ first.isoformat() }}' and date '{{ window_date() }}'
    {%- endif -%}
{%- endmacro %}


{% macro as_date(day) -%}
    {{ return(modules.datetime.datetime.strptime(day, '%Y-%m-%d').date()) }}
{%- endmacro %}
