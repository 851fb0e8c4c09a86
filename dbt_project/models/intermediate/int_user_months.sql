{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        on_schema_change='fail',
        partition_by={'field': 'month_start', 'data_type': 'date', 'granularity': 'month'},
        partitions=rebuilt_months(),
        cluster_by=['user_id'],
    )
}}

-- Lifetimes, cohorts and months are added up from here, so that they need not read every day again. A run builds the
-- months of the days that it builds, whole, with days after the window's where they are there already.
{% if is_incremental() -%}
{{ user_months(rebuilt_months() | first, "last_day(date '" ~ window_date() ~ "')") }}
{%- else -%}
{{ user_months("date '2000-01-01'", "date '" ~ window_date() ~ "'") }}
{%- endif %}
