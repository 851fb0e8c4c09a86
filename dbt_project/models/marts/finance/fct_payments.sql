{{
    config(
        materialized='days',
        partition_by={'field': 'paid_on', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

{%- set rows -%}
with

charges as (

    select
        {{ local_day('created_at') }} as paid_on,
        charge_id,
        payment_intent_id,
        customer_id,
        status,
        currency,
        amount,
        amount_refunded,
        refunded,
        disputed,
        failure_code,
        card_brand,
        created_at
    from {{ ref('stg_stripe__charges') }}
    where created_at < {{ window_end() }}

),

customer_users as (

    select
        customer_id,
        user_id
    from {{ ref('int_customer_users') }}

),

rates as (

    select
        date_day,
        currency,
        rate
    from {{ ref('dim_exchange_rates') }}

)

select
    charges.paid_on,
    charges.charge_id,
    charges.payment_intent_id,
    charges.customer_id,
    customer_users.user_id,
    charges.status,
    charges.currency,
    charges.amount,
    charges.amount_refunded,
    {{ in_reporting_currency('charges.amount', 'rates.rate') }} as amount_reporting,
    charges.refunded as is_refunded,
    charges.disputed as is_disputed,
    charges.failure_code,
    charges.card_brand,
    charges.created_at
from charges
left join customer_users
    on charges.customer_id = customer_users.customer_id
left join rates
    on
        charges.paid_on = rates.date_day
        and charges.currency = rates.currency
{%- endset %}

{%- set days = differing_days(rows) %}

select *
from (
{{ rows }}
)
where {{ in_days('paid_on', days) }}
