-- The plans that can be bought, and the one that need not be.
with

products as (

    select
        product_id,
        name,
        plan
    from {{ ref('dim_products') }}
    where plan is not null
    -- A product may have taken the place of another: the one on sale counts, or else the newest.
    qualify row_number() over (partition by plan order by is_active desc, created_at desc, product_id) = 1

),

monthly_amounts as (

    select
        plan,
        min(monthly_amount) as monthly_amount
    from {{ ref('dim_prices') }}
    where
        currency = '{{ var("reporting_currency") }}'
        and monthly_amount > 0
    group by plan

)

select
    products.plan,
    products.name,
    rank() over (order by monthly_amounts.monthly_amount) as rank,
    true as is_paid,
    products.product_id
from products
inner join monthly_amounts
    on products.plan = monthly_amounts.plan

union all

select
    'free' as plan,
    'Free' as name,
    0 as rank,
    false as is_paid,
    cast(null as string) as product_id
