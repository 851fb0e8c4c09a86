with

delivered as (

    select
        {{ deliver('raw_stripe', 'tax_rates') }}
    from {{ source('raw_stripe', 'tax_rates') }}
    where {{ in_window_partition() }} and deleted is not true

),

decoded as (

    select
        {{ decode('raw_stripe', 'tax_rates') }}
    from delivered

)

select
    tax_rate_id,
    display_name,
    country,
    jurisdiction,
    tax_type,
    percentage,
    inclusive,
    active,
    created_at,
    {{ undecoded('raw_stripe', 'tax_rates') }} as _undecoded
from decoded
