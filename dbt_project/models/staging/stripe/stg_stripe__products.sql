with

delivered as (

    select
        {{ deliver('raw_stripe', 'products') }}
    from {{ current_rows('raw_stripe', 'products') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'products') }}
    from delivered

)

select
    product_id,
    name,
    description,
    plan,
    active,
    default_price_id,
    created_at,
    updated_at,
    {{ undecoded('raw_stripe', 'products') }} as _undecoded
from decoded
