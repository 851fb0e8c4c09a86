-- Reads a row a day of each int_daily_ model, the accounts and the sheet of costs. It is built whole: an account that is
-- deleted and a cost that is mended change days long past, and there is one row a day.
with

usage as (

    select
        date_day,
        generations,
        active_users,
        monthly_active_users,
        characters_spoken
    from {{ ref('int_daily_usage') }}
    where date_day <= date '{{ window_date() }}'

),

subscribers as (

    select
        date_day,
        subscribers,
        new_subscribers,
        retained_subscribers,
        churned_subscribers,
        resurrected_subscribers,
        mrr,
        mrr_new,
        mrr_resurrected,
        mrr_expansion,
        mrr_contraction,
        mrr_churned,
        mrr_exchange
    from {{ ref('int_daily_subscribers') }}

),

revenue as (

    select
        date_day,
        revenue_paid,
        revenue_refunded
    from {{ ref('int_daily_revenue') }}

),

signups as (

    select
        {{ local_day('created_at') }} as date_day,
        count(*) as signups
    from {{ ref('dim_users') }}
    where not is_deleted
    group by {{ local_day('created_at') }}

),

costs as (

    select
        cost_date as date_day,
        sum(cost_reporting) as acquisition_cost
    from {{ ref('fct_campaign_costs') }}
    where cost_date <= date '{{ window_date() }}'
    group by cost_date

),

first_day as (

    select min(date_day) as date_day
    from usage
    where generations > 0

),

-- With the 29 days before the first, which the sums over 30 days need.
days as (

    select date_day
    from unnest(generate_date_array(
        (select date_sub(first_day.date_day, interval 29 day) from first_day),
        date '{{ window_date() }}'
    )) as date_day

),

daily as (

    select
        days.date_day,
        coalesce(usage.active_users, 0) as active_users,
        coalesce(usage.monthly_active_users, 0) as monthly_active_users,
        coalesce(usage.characters_spoken, 0) as characters_spoken,
        coalesce(signups.signups, 0) as signups,
        coalesce(subscribers.subscribers, 0) as subscribers,
        coalesce(subscribers.new_subscribers, 0) as new_subscribers,
        coalesce(subscribers.retained_subscribers, 0) as retained_subscribers,
        coalesce(subscribers.churned_subscribers, 0) as churned_subscribers,
        coalesce(subscribers.resurrected_subscribers, 0) as resurrected_subscribers,
        coalesce(subscribers.mrr, 0) as mrr,
        coalesce(subscribers.mrr_new, 0) as mrr_new,
        coalesce(subscribers.mrr_resurrected, 0) as mrr_resurrected,
        coalesce(subscribers.mrr_expansion, 0) as mrr_expansion,
        coalesce(subscribers.mrr_contraction, 0) as mrr_contraction,
        coalesce(subscribers.mrr_churned, 0) as mrr_churned,
        coalesce(subscribers.mrr_exchange, 0) as mrr_exchange,
        coalesce(revenue.revenue_paid, 0) as revenue_paid,
        coalesce(revenue.revenue_refunded, 0) as revenue_refunded,
        coalesce(costs.acquisition_cost, 0) as acquisition_cost
    from days
    left join usage
        on days.date_day = usage.date_day
    left join subscribers
        on days.date_day = subscribers.date_day
    left join revenue
        on days.date_day = revenue.date_day
    left join signups
        on days.date_day = signups.date_day
    left join costs
        on days.date_day = costs.date_day

),

thirty_days as (

    select
        date_day,
        sum(signups) over last_30_days as signups,
        sum(new_subscribers) over last_30_days as new_subscribers,
        sum(acquisition_cost) over last_30_days as acquisition_cost
    from daily
    window last_30_days as (order by date_day rows between 29 preceding and current row)

)

select
    daily.date_day,
    daily.active_users,
    daily.monthly_active_users,
    daily.characters_spoken,
    daily.signups,
    daily.subscribers,
    daily.new_subscribers,
    daily.retained_subscribers,
    daily.churned_subscribers,
    daily.resurrected_subscribers,
    daily.mrr,
    daily.mrr_new,
    daily.mrr_resurrected,
    daily.mrr_expansion,
    daily.mrr_contraction,
    daily.mrr_churned,
    daily.mrr_exchange,
    {{ ratio('daily.mrr', 'daily.subscribers') }} as arpu,
    daily.revenue_paid,
    daily.revenue_refunded,
    daily.acquisition_cost,
    {{ ratio('thirty_days.new_subscribers', 'thirty_days.signups') }} as conversion_rate,
    {{ ratio('thirty_days.acquisition_cost', 'thirty_days.new_subscribers') }} as cost_per_acquisition
from daily
inner join thirty_days
    on daily.date_day = thirty_days.date_day
where daily.date_day >= (select first_day.date_day from first_day)
