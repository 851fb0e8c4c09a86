with

delivered as (

    select
        {{ deliver('raw_stripe', 'payouts') }}
    from {{ source('raw_stripe', 'payouts') }}
    where {{ in_window_partition() }} and deleted is not true

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
