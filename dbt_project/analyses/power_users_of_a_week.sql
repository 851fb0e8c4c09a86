-- Who spoke on at least five of the last seven days, and how much? Users by id; who they are is protected.
select
    user_id,
    max(country) as country,
    array_agg(plan order by date_day desc limit 1)[offset(0)] as plan,
    countif(is_active) as active_days,
    sum(succeeded_generations) as generations,
    sum(characters) as characters,
    round(cast(sum(duration_ms) as numeric) / 60000, 1) as minutes
from {{ ref('wide_user_days') }}
where date_day between date_sub(date '{{ window_date() }}', interval 6 day) and date '{{ window_date() }}'
group by user_id
having countif(is_active) >= 5
order by
    characters desc,
    user_id
limit 50
