with

delivered as (

    select
        {{ deliver('raw_stripe', 'payouts') }}
    from {{ current_rows('raw_stripe', 'payouts') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'payouts') }}
    from delivered

)

select
    payout_id,
    balance_transaction_id,
    status,
    type,
    method,
    automatic,
    currency,
    amount,
    destination_id,
    failure_code,
    arrives_at,
    created_at,
    {{ undecoded('raw_stripe', 'payouts') }} as _undecoded
from decoded
