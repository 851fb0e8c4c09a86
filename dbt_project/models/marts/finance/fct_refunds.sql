{{
    config(
        materialized='days',
        partition_by={'field': 'refunded_on', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

-- A refund does not say whose it is: its charge does.
{%- set rows -%}
with

refunds as (

    select
        {{ local_day('created_at') }} as refunded_on,
        refund_id,
        charge_id,
        status,
        reason,
        currency,
        amount,
        created_at
    from {{ ref('stg_stripe__refunds') }}
    where created_at < {{ window_end() }}

),

charges as (

    select
        charge_id,
        customer_id
    from {{ ref('stg_stripe__charges') }}

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
    refunds.refunded_on,
    refunds.refund_id,
    refunds.charge_id,
    charges.customer_id,
    customer_users.user_id,
    refunds.status,
    refunds.reason,
    refunds.currency,
    refunds.amount,
    {{ in_reporting_currency('refunds.amount', 'rates.rate') }} as amount_reporting,
    refunds.created_at
from refunds
left join charges
    on refunds.charge_id = charges.charge_id
left join customer_users
    on charges.customer_id = customer_users.customer_id
left join rates
    on
        refunds.refunded_on = rates.date_day
        and refunds.currency = rates.currency
{%- endset %}

{%- set days = differing_days(rows) %}

select *
from (
{{ rows }}
)
where {{ in_days('refunded_on', days) }}
