with

delivered as (

    select
        {{ deliver('raw_stripe', 'tax_rates') }}
    from {{ current_rows('raw_stripe', 'tax_rates') }}

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
