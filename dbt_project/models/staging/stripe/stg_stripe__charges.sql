{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'charges') }}
    from {{ current_rows('raw_stripe', 'charges') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'charges') }}
    from delivered

)

select
    charge_id,
    customer_id,
    payment_intent_id,
    status,
    currency,
    amount,
    amount_captured,
    amount_refunded,
    refunded,
    disputed,
    failure_code,
    failure_message,
    billing_email,
    billing_name,
    card_brand,
    card_last4,
    created_at,
    {{ undecoded('raw_stripe', 'charges') }} as _undecoded,
    _delivered_on
from decoded
