{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'subscriptions') }}
    from {{ current_rows('raw_stripe', 'subscriptions') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'subscriptions') }}
    from delivered

)

select
    subscription_id,
    customer_id,
    user_id,
    status,
    items,
    currency,
    cancel_at_period_end,
    cancellation_feedback,
    cancellation_comment,
    latest_invoice_id,
    created_at,
    started_at,
    trial_ended_at,
    canceled_at,
    ended_at,
    {{ undecoded('raw_stripe', 'subscriptions') }} as _undecoded,
    _delivered_on
from decoded
