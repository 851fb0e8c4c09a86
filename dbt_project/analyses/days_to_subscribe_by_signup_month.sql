-- How long does it take to become a subscriber, by the month of signing up? Recent months look fast, because who takes
-- long has not subscribed yet: compare them by the share that subscribed within 30 days.
select
    date_trunc(signed_up_on, month) as signup_month,
    count(*) as users,
    countif(days_to_subscribe is not null) as converted_users,
    countif(days_to_subscribe <= 30) as converted_within_30_days,
    round(cast(countif(days_to_subscribe <= 30) as numeric) / count(*), 4) as conversion_rate_30_days,
    round(avg(days_to_subscribe), 1) as mean_days_to_subscribe,
    max(days_to_subscribe) as longest_days_to_subscribe
from {{ ref('wide_users') }}
where signed_up_on is not null
group by date_trunc(signed_up_on, month)
order by signup_month
