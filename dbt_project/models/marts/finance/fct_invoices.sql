{{
    config(
        materialized='days',
        partition_by={'field': 'invoiced_on', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

{%- set rows -%}
with

invoices as (

    select
        {{ local_day('created_at') }} as invoiced_on,
        invoice_id,
        number,
        customer_id,
        subscription_id,
        user_id,
        billing_reason,
        status,
        currency,
        subtotal,
        total,
        amount_due,
        amount_paid,
        amount_remaining,
        created_at,
        finalized_at,
        paid_at,
        voided_at
    from {{ ref('stg_stripe__invoices') }}
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
    invoices.invoiced_on,
    invoices.invoice_id,
    coalesce(invoices.user_id, customer_users.user_id) as user_id,
    invoices.customer_id,
    invoices.subscription_id,
    invoices.number,
    invoices.billing_reason,
    invoices.status,
    invoices.currency,
    invoices.subtotal,
    invoices.total,
    invoices.amount_due,
    invoices.amount_paid,
    invoices.amount_remaining,
    {{ in_reporting_currency('invoices.total', 'rates.rate') }} as total_reporting,
    {{ in_reporting_currency('invoices.amount_paid', 'rates.rate') }} as amount_paid_reporting,
    invoices.created_at,
    invoices.finalized_at,
    invoices.paid_at,
    invoices.voided_at
from invoices
left join customer_users
    on invoices.customer_id = customer_users.customer_id
left join rates
    on
        invoices.invoiced_on = rates.date_day
        and invoices.currency = rates.currency
{%- endset %}

{%- set days = differing_days(rows) %}

select *
from (
{{ rows }}
)
where {{ in_days('invoiced_on', days) }}
