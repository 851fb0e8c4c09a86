{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'balance_transactions') }}
    from {{ current_rows('raw_stripe', 'balance_transactions') }}

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
    {{ undecoded('raw_stripe', 'balance_transactions') }} as _undecoded,
    _delivered_on
from decoded
