-- Where does recurring revenue come from? What a single user pays is protected, what the price list says is not: each
-- subscription at the end of each month counts by its list price, in yen at that day's rate.
with

month_ends as (

    select max(date_day) as date_day
    from {{ ref('kpi_daily') }}
    group by date_trunc(date_day, month)

),

user_countries as (

    select
        date_day,
        user_id,
        country
    from {{ ref('wide_user_days') }}
    where date_day between date_sub(date '{{ window_date() }}', interval 365 day) and date '{{ window_date() }}'

)

select
    date_trunc(subscription_days.date_day, month) as month_start,
    user_countries.country,
    count(distinct subscription_days.user_id) as subscribers,
    round(sum(prices.monthly_amount * rates.rate)) as list_price_mrr
from {{ ref('fct_subscription_days') }} as subscription_days
inner join month_ends
    on subscription_days.date_day = month_ends.date_day
inner join user_countries
    on
        subscription_days.date_day = user_countries.date_day
        and subscription_days.user_id = user_countries.user_id
inner join {{ ref('dim_prices') }} as prices
    on subscription_days.price_id = prices.price_id
inner join {{ ref('dim_exchange_rates') }} as rates
    on
        subscription_days.date_day = rates.date_day
        and subscription_days.currency = rates.currency
where
    subscription_days.date_day
    between date_sub(date '{{ window_date() }}', interval 365 day) and date '{{ window_date() }}'
group by
    date_trunc(subscription_days.date_day, month),
    user_countries.country
order by
    month_start,
    list_price_mrr desc
