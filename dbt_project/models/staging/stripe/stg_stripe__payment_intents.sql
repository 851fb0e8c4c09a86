{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'payment_intents') }}
    from {{ current_rows('raw_stripe', 'payment_intents') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'payment_intents') }}
    from delivered

)

select
    payment_intent_id,
    customer_id,
    status,
    currency,
    amount,
    amount_received,
    latest_charge_id,
    cancellation_reason,
    failure_code,
    failure_message,
    receipt_email,
    created_at,
    canceled_at,
    {{ undecoded('raw_stripe', 'payment_intents') }} as _undecoded,
    _delivered_on
from decoded
