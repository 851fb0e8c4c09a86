{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'subscription_items') }}
    from {{ current_rows('raw_stripe', 'subscription_items') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'subscription_items') }}
    from delivered

)

select
    subscription_item_id,
    subscription_id,
    price_id,
    product_id,
    quantity,
    unit_amount,
    recurring_interval,
    recurring_interval_count,
    current_period_start,
    current_period_end,
    created_at,
    {{ undecoded('raw_stripe', 'subscription_items') }} as _undecoded,
    _delivered_on
from decoded
