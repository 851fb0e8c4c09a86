{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'invoice_lines') }}
    from {{ current_rows('raw_stripe', 'invoice_lines') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'invoice_lines') }}
    from delivered

)

select
    invoice_line_id,
    invoice_id,
    subscription_id,
    subscription_item_id,
    price_id,
    product_id,
    description,
    currency,
    amount,
    quantity,
    proration,
    period_start,
    period_end,
    {{ undecoded('raw_stripe', 'invoice_lines') }} as _undecoded,
    _delivered_on
from decoded
