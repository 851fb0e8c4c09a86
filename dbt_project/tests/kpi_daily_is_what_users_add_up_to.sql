{{ config(meta={'dagster': {'ref': {'name': 'kpi_daily'}}}) }}

-- Days, of those that the run has built, on which a KPI is not what the users' own days add up to.
with

user_days as (

    select
        date_day,
        countif(is_active) as active_users,
        sum(characters) as characters_spoken,
        countif(is_subscriber) as subscribers,
        sum(mrr_reporting) as mrr
    from {{ ref('wide_user_days') }}
    where {{ written_rows('wide_user_days') }}
    group by date_day

)

select
    user_days.date_day,
    kpis.active_users,
    kpis.characters_spoken,
    kpis.subscribers,
    kpis.mrr
from user_days
inner join {{ ref('kpi_daily') }} as kpis
    on user_days.date_day = kpis.date_day
where
    user_days.active_users != kpis.active_users
    or user_days.characters_spoken != kpis.characters_spoken
    or user_days.subscribers != kpis.subscribers
    or user_days.mrr != kpis.mrr
