{{ config(group='finance', meta={'dagster': {'ref': {'name': 'int_subscription_periods'}}}) }}

-- Subscriptions that are active on days for which no invoice line says what they cost.
with

subscriptions as (

    select
        subscription_id,
        {{ local_day('coalesce(trial_ended_at, started_at)') }} as starts_on,
        {{ local_day('ended_at') }} as ends_on
    from {{ ref('stg_stripe__subscriptions') }}
    where status not in ('incomplete', 'incomplete_expired')

),

active as (

    select
        subscription_id,
        array_length(generate_date_array(
            starts_on,
            least(date '{{ window_date() }}', coalesce(date_sub(ends_on, interval 1 day), date '{{ window_date() }}'))
        )) as days
    from subscriptions

),

priced as (

    select
        subscription_id,
        sum(array_length(generate_date_array(
            starts_on,
            least(date '{{ window_date() }}', coalesce(date_sub(ends_on, interval 1 day), date '{{ window_date() }}'))
        ))) as days
    from {{ ref('int_subscription_periods') }}
    where monthly_amount is not null
    group by subscription_id

)

select
    active.subscription_id,
    active.days,
    priced.days as priced_days
from active
left join priced
    on active.subscription_id = priced.subscription_id
where active.days != coalesce(priced.days, 0)
