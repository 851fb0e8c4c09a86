with

delivered as (

    select
        {{ deliver('raw_stripe', 'disputes') }}
    from {{ source('raw_stripe', 'disputes') }}
    where {{ in_window_partition() }} and deleted is not true

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
