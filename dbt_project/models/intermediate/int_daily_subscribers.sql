{{
    config(
        materialized='days',
        meta={'touched_by': {'fct_subscription_days': 'date_day'}},
        partition_by={'field': 'date_day', 'data_type': 'date'},
    )
}}

-- Who is new depends on all days before, so that all days from the first touched one are built. Reads
-- fct_subscription_days of these and of the one before them, and int_subscription_periods for who was a subscriber when.
--
-- What a day's MRR moved by is told by valuing the subscriptions of the day before at the day's rates: what that
-- differs from their value then is `mrr_exchange`, and the rest is what users changed. Each product is rounded as
-- monthly_amount_reporting is, so that the movements add up to the last unit.
{%- set days = days_since_touched() %}

with

subscription_days as (

    select
        date_day,
        user_id,
        currency,
        monthly_amount,
        monthly_amount_reporting
    from {{ ref('fct_subscription_days') }}
    where {{ in_days_since('date_day', days, before=1) }}

),

rates as (

    select
        date_day,
        currency,
        rate
    from {{ ref('dim_exchange_rates') }}

),

first_days as (

    select
        user_id,
        min(starts_on) as first_subscribed_on
    from {{ ref('int_subscription_periods') }}
    group by user_id

),

-- Every subscription's day twice: as itself, and as the day before of the next.
sides as (

    select
        date_day,
        user_id,
        true as is_today,
        monthly_amount_reporting as mrr,
        0 as mrr_before,
        0 as mrr_before_at_todays_rate
    from subscription_days
    union all
    select
        date_add(subscription_days.date_day, interval 1 day) as date_day,
        subscription_days.user_id,
        false as is_today,
        0 as mrr,
        subscription_days.monthly_amount_reporting as mrr_before,
        {{ in_reporting_currency('subscription_days.monthly_amount', 'rates.rate') }} as mrr_before_at_todays_rate
    from subscription_days
    left join rates
        on
            subscription_days.currency = rates.currency
            and date_add(subscription_days.date_day, interval 1 day) = rates.date_day

),

user_days as (

    select
        sides.date_day,
        sides.user_id,
        first_days.first_subscribed_on,
        logical_or(sides.is_today) as is_subscriber,
        logical_or(not sides.is_today) as was_subscriber,
        sum(sides.mrr) as mrr,
        sum(sides.mrr_before_at_todays_rate) - sum(sides.mrr_before) as mrr_exchange,
        sum(sides.mrr) - sum(sides.mrr_before_at_todays_rate) as mrr_change
    from sides
    left join first_days
        on sides.user_id = first_days.user_id
    where {{ in_touched_days('sides.date_day', days) }}
    group by
        sides.date_day,
        sides.user_id,
        first_days.first_subscribed_on

),

movements as (

    select
        date_day,
        case
            when is_subscriber and was_subscriber then 'retained'
            when was_subscriber then 'churned'
            when date_day = first_subscribed_on then 'new'
            else 'resurrected'
        end as movement,
        mrr,
        mrr_exchange,
        mrr_change
    from user_days

)

select
    date_day,
    countif(movement != 'churned') as subscribers,
    countif(movement = 'new') as new_subscribers,
    countif(movement = 'retained') as retained_subscribers,
    countif(movement = 'churned') as churned_subscribers,
    countif(movement = 'resurrected') as resurrected_subscribers,
    sum(mrr) as mrr,
    sum(if(movement = 'new', mrr_change, 0)) as mrr_new,
    sum(if(movement = 'resurrected', mrr_change, 0)) as mrr_resurrected,
    sum(if(movement = 'retained', greatest(mrr_change, 0), 0)) as mrr_expansion,
    sum(if(movement = 'retained', greatest(-mrr_change, 0), 0)) as mrr_contraction,
    sum(if(movement = 'churned', -mrr_change, 0)) as mrr_churned,
    sum(mrr_exchange) as mrr_exchange
from movements
group by date_day
