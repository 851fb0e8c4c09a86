{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        on_schema_change='fail',
        partition_by={'field': 'date_day', 'data_type': 'date'},
        partitions=rebuilt_days(),
    )
}}

-- Reads wide_user_days of the days that are built and of the 29 before them.
with

user_days as (

    select
        date_day,
        user_id,
        is_active,
        generations,
        characters
    from {{ ref('wide_user_days') }}
    where {{ in_built_days('date_day', before=29) }}

),

days as (

    select date_day
    {%- if is_incremental() %}
    from unnest([{{ rebuilt_days() | join(', ') }}]) as date_day
    {%- else %}
    from unnest(generate_date_array(
        (select min(date_day) from user_days where generations > 0),
        date '{{ window_date() }}'
    )) as date_day
    {%- endif %}

),

usage as (

    select
        date_day,
        countif(is_active) as active_users,
        sum(generations) as generations,
        sum(characters) as characters_spoken
    from user_days
    group by date_day

),

-- An active day counts for itself and the 29 days after it.
monthly_usage as (

    select
        counted_on as date_day,
        count(distinct user_id) as monthly_active_users
    from user_days
    cross join unnest(generate_date_array(date_day, date_add(date_day, interval 29 day))) as counted_on
    where is_active
    group by counted_on

)

select
    days.date_day,
    coalesce(usage.generations, 0) as generations,
    coalesce(usage.active_users, 0) as active_users,
    coalesce(monthly_usage.monthly_active_users, 0) as monthly_active_users,
    coalesce(usage.characters_spoken, 0) as characters_spoken
from days
left join usage
    on days.date_day = usage.date_day
left join monthly_usage
    on days.date_day = monthly_usage.date_day
