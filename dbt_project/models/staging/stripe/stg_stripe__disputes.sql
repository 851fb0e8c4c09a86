with

delivered as (

    select
        {{ deliver('raw_stripe', 'disputes') }}
    from {{ current_rows('raw_stripe', 'disputes') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'disputes') }}
    from delivered

)

select
    dispute_id,
    charge_id,
    payment_intent_id,
    status,
    reason,
    currency,
    amount,
    card_brand,
    evidence,
    evidence_due_at,
    created_at,
    {{ undecoded('raw_stripe', 'disputes') }} as _undecoded
from decoded
