-- Figures that cannot be: negative ones, users without a character, new subscribers without revenue, subscribers of no
-- kind, or more or fewer than came and went.
with

kpis as (

    select
        date_day,
        active_users,
        monthly_active_users,
        characters_spoken,
        signups,
        subscribers,
        lag(subscribers) over (order by date_day) as subscribers_before,
        new_subscribers,
        retained_subscribers,
        churned_subscribers,
        resurrected_subscribers,
        mrr,
        least(mrr_new, mrr_resurrected, mrr_expansion, mrr_contraction, mrr_churned) as least_movement,
        least(revenue_paid, revenue_refunded, acquisition_cost) as least_amount
    from {{ ref('kpi_daily') }}

)

select *
from kpis
where
    least(
        active_users,
        characters_spoken,
        signups,
        new_subscribers,
        retained_subscribers,
        churned_subscribers,
        resurrected_subscribers
    ) < 0
    or least(mrr, least_movement, least_amount) < 0
    or characters_spoken < active_users
    or monthly_active_users < active_users
    or (new_subscribers > 0 and mrr = 0)
    or subscribers != new_subscribers + retained_subscribers + resurrected_subscribers
    or subscribers_before != retained_subscribers + churned_subscribers
