{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'customers') }}
    from {{ current_rows('raw_stripe', 'customers') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'customers') }}
    from delivered

)

select
    customer_id,
    user_id,
    email,
    name,
    phone,
    address_line1,
    address_line2,
    address_city,
    address_state,
    address_postal_code,
    address_country,
    currency,
    balance,
    delinquent,
    created_at,
    {{ undecoded('raw_stripe', 'customers') }} as _undecoded,
    _delivered_on
from decoded
