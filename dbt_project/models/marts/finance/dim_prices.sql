with

prices as (

    select
        price_id,
        product_id,
        currency,
        unit_amount,
        recurring_interval,
        recurring_interval_count,
        {{ recurring_months('recurring_interval', 'recurring_interval_count') }} as months,
        active,
        created_at
    from {{ ref('stg_stripe__prices') }}
    where created_at < {{ window_end() }}

),

products as (

    select
        product_id,
        plan
    from {{ ref('dim_products') }}

)

select
    prices.price_id,
    prices.product_id,
    products.plan,
    prices.currency,
    prices.unit_amount,
    prices.recurring_interval,
    prices.recurring_interval_count,
    cast(prices.unit_amount as numeric) / prices.months as monthly_amount,
    prices.active as is_active,
    prices.created_at
from prices
left join products
    on prices.product_id = products.product_id
