with

delivered as (

    select
        {{ deliver('raw_sheets', 'exchange_rates') }}
    from {{ current_rows('raw_sheets', 'exchange_rates') }}

),

decoded as (

    select
        {{ decode('raw_sheets', 'exchange_rates') }}
    from delivered

)

select
    rate_date,
    currency,
    jpy_per_unit,
    {{ undecoded('raw_sheets', 'exchange_rates') }} as _undecoded
from decoded
