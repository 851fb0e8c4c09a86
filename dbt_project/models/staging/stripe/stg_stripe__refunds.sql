{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'refunds') }}
    from {{ current_rows('raw_stripe', 'refunds') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'refunds') }}
    from delivered

)

select
    refund_id,
    charge_id,
    payment_intent_id,
    status,
    reason,
    currency,
    amount,
    created_at,
    {{ undecoded('raw_stripe', 'refunds') }} as _undecoded,
    _delivered_on
from decoded
