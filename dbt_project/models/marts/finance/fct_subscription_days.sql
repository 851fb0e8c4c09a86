{{
    config(
        materialized='days',
        partition_by={'field': 'date_day', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id', 'subscription_id'],
    )
}}

-- An invoice that comes late says what days long past cost, and a subscription may be ended in the past.
{%- set rows -%}
with

periods as (

    select
        subscription_id,
        customer_id,
        user_id,
        price_id,
        plan,
        currency,
        monthly_amount,
        starts_on,
        least(
            coalesce(date_sub(ends_on, interval 1 day), date '{{ window_date() }}'),
            date '{{ window_date() }}'
        ) as last_day
    from {{ ref('int_subscription_periods') }}

),

days as (

    select
        date_day,
        periods.subscription_id,
        periods.customer_id,
        periods.user_id,
        periods.price_id,
        periods.plan,
        periods.currency,
        periods.monthly_amount
    from periods
    cross join unnest(generate_date_array(periods.starts_on, periods.last_day)) as date_day

),

rates as (

    select
        date_day,
        currency,
        rate
    from {{ ref('dim_exchange_rates') }}

)

select
    days.date_day,
    days.subscription_id,
    days.customer_id,
    days.user_id,
    days.price_id,
    days.plan,
    days.currency,
    days.monthly_amount,
    {{ in_reporting_currency('days.monthly_amount', 'rates.rate') }} as monthly_amount_reporting
from days
left join rates
    on
        days.date_day = rates.date_day
        and days.currency = rates.currency
{%- endset %}

{%- set days = differing_days(rows) %}

select *
from (
{{ rows }}
)
where {{ in_days('date_day', days) }}
