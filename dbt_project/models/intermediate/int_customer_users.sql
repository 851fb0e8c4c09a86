-- Who a Stripe customer is. A deleted customer or account still stands in what it left behind: each store is asked.
with

customers as (

    select
        customer_id,
        user_id
    from {{ ref('stg_stripe__customers') }}

),

subscriptions as (

    select
        customer_id,
        user_id
    from {{ ref('stg_stripe__subscriptions') }}

),

invoices as (

    select
        customer_id,
        user_id
    from {{ ref('stg_stripe__invoices') }}

),

accounts as (

    select
        stripe_customer_id as customer_id,
        id as user_id
    from {{ ref('stg_aurora__users') }}

),

mentions as (

    select customer_id, user_id from customers
    union all
    select customer_id, user_id from subscriptions
    union all
    select customer_id, user_id from invoices
    union all
    select customer_id, user_id from accounts

)

select
    customer_id,
    min(user_id) as user_id,
    count(distinct user_id) as users
from mentions
where
    customer_id is not null
    and user_id is not null
group by customer_id
