with

delivered as (

    select
        {{ deliver('raw_aurora', 'users') }}
    from {{ current_rows('raw_aurora', 'users') }}

),

decoded as (

    select
        {{ decode('raw_aurora', 'users') }}
    from delivered

)

select
    id,
    email,
    name,
    plan,
    country,
    locale,
    birth_date,
    marketing_opt_in,
    stripe_customer_id,
    credit_balance,
    created_at,
    updated_at,
    {{ undecoded('raw_aurora', 'users') }} as _undecoded
from decoded
