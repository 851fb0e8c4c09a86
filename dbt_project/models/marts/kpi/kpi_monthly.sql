-- Reads kpi_daily, and int_user_months, a row a user and month.
with

kpis as (

    select
        date_day,
        date_trunc(date_day, month) as month_start,
        characters_spoken,
        signups,
        new_subscribers,
        churned_subscribers,
        resurrected_subscribers,
        subscribers,
        mrr,
        arpu,
        revenue_paid,
        revenue_refunded,
        acquisition_cost
    from {{ ref('kpi_daily') }}

),

user_months as (

    select
        month_start,
        active_days
    from {{ ref('int_user_months') }}

),

usage as (

    select
        month_start,
        countif(active_days > 0) as monthly_active_users
    from user_months
    group by month_start

),

months as (

    select
        month_start,
        max(date_day) as last_day,
        count(*) as days,
        sum(characters_spoken) as characters_spoken,
        sum(signups) as signups,
        sum(new_subscribers) as new_subscribers,
        sum(churned_subscribers) as churned_subscribers,
        sum(resurrected_subscribers) as resurrected_subscribers,
        sum(revenue_paid) as revenue_paid,
        sum(revenue_refunded) as revenue_refunded,
        sum(acquisition_cost) as acquisition_cost
    from kpis
    group by month_start

)

select
    months.month_start,
    months.days,
    usage.monthly_active_users,
    months.characters_spoken,
    months.signups,
    months.new_subscribers,
    months.churned_subscribers,
    months.resurrected_subscribers,
    kpis.subscribers,
    kpis.mrr,
    kpis.arpu,
    months.revenue_paid,
    months.revenue_refunded,
    months.acquisition_cost,
    {{ ratio('months.acquisition_cost', 'months.new_subscribers') }} as cost_per_acquisition
from months
inner join kpis
    on months.last_day = kpis.date_day
left join usage
    on months.month_start = usage.month_start
