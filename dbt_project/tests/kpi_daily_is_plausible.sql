-- Figures that cannot be: negative ones, users without a character, new subscribers without revenue.
select
    date_day,
    active_users,
    characters_spoken,
    new_subscribers,
    churned_subscribers,
    mrr
from {{ ref('kpi_daily') }}
where
    least(active_users, characters_spoken, new_subscribers, churned_subscribers) < 0
    or mrr < 0
    or characters_spoken < active_users
    or (new_subscribers > 0 and mrr = 0)
