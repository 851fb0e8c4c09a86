with

delivered as (

    select
        {{ deliver('raw_stripe', 'balance_transactions') }}
    from {{ source('raw_stripe', 'balance_transactions') }}
    where {{ in_window_partition() }} and deleted is not true

),

decoded as (

    select
        {{ decode('raw_stripe', 'balance_transactions') }}
    from delivered

)

select
    balance_transaction_id,
    type,
    reporting_category,
    source_id,
    status,
    currency,
    amount,
    fee,
    net,
    exchange_rate,
    available_at,
    created_at,
    {{ undecoded('raw_stripe', 'balance_transactions') }} as _undecoded
from decoded
