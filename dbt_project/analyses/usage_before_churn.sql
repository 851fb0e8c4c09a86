-- Do subscribers speak less before they leave? The four weeks up to the last day of everyone who left in the last 60
-- days, week by week; week 1 is the last.
with

subscriber_days as (

    select
        date_day,
        user_id,
        lead(date_day) over (partition by user_id order by date_day) as next_day
    from {{ ref('wide_user_days') }}
    where
        date_day between date_sub(date '{{ window_date() }}', interval 60 day) and date '{{ window_date() }}'
        and is_subscriber

),

last_days as (

    select
        user_id,
        date_day as last_day
    from subscriber_days
    where
        date_day < date '{{ window_date() }}'
        and (next_day is null or next_day > date_add(date_day, interval 1 day))

)

select
    div(date_diff(last_days.last_day, user_days.date_day, day), 7) + 1 as weeks_before,
    count(distinct last_days.user_id) as users_seen,
    countif(user_days.is_active) as active_days,
    sum(user_days.generations) as generations,
    sum(user_days.characters) as characters
from last_days
inner join {{ ref('wide_user_days') }} as user_days
    on
        last_days.user_id = user_days.user_id
        and user_days.date_day between date_sub(last_days.last_day, interval 27 day) and last_days.last_day
where user_days.date_day between date_sub(date '{{ window_date() }}', interval 90 day) and date '{{ window_date() }}'
group by div(date_diff(last_days.last_day, user_days.date_day, day), 7) + 1
order by weeks_before
