{{
    config(
        materialized='days',
        meta={'touched_by': {'wide_user_days': 'date_day'}},
        partition_by={'field': 'date_day', 'data_type': 'date'},
    )
}}

-- A day counts in the monthly users of the 29 days after it, so that all days from the first touched one are built. Reads
-- wide_user_days of these and of the 29 before them.
{%- set days = days_since_touched() %}

with

user_days as (

    select
        date_day,
        user_id,
        is_active,
        generations,
        characters
    from {{ ref('wide_user_days') }}
    where {{ in_days_since('date_day', days, before=29) }}

),

days as (

    select date_day
    from unnest(generate_date_array(
        {%- if days.days is none %}
        (select min(date_day) from user_days where generations > 0),
        {%- else %}
        date '{{ days.days | first }}',
        {%- endif %}
        date '{{ window_date() }}'
    )) as date_day

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
where {{ in_days('days.date_day', days) }}
