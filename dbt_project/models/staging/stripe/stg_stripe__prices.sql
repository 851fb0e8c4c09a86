with

delivered as (

    select
        {{ deliver('raw_stripe', 'prices') }}
    from {{ current_rows('raw_stripe', 'prices') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'prices') }}
    from delivered

)

select
    price_id,
    product_id,
    currency,
    unit_amount,
    recurring_interval,
    recurring_interval_count,
    lookup_key,
    active,
    created_at,
    {{ undecoded('raw_stripe', 'prices') }} as _undecoded
from decoded
