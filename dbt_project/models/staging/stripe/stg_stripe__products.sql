with

delivered as (

    select
        {{ deliver('raw_stripe', 'products') }}
    from {{ source('raw_stripe', 'products') }}
    where {{ in_window_partition() }} and deleted is not true

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
