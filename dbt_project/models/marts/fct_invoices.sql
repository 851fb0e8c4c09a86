{{
    config(
        materialized='days',
        meta={'touched_by': {'stg_stripe__invoices': 'created_at'}},
        partition_by={'field': 'invoiced_on', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

{#- Days of invoices whose user has become known by now. -#}
{%- set resolved %}
    select distinct invoices.invoiced_on
    from {{ this }} as invoices
    inner join {{ ref('int_customer_users') }} as customer_users
        on invoices.customer_id = customer_users.customer_id
    where
        invoices.invoiced_on >= date '0001-01-01'
        and invoices.user_id is null
{%- endset %}
{%- set days = touched_days(also=[resolved]) %}

with

invoices as (

    select
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
    where
        created_at < {{ window_end() }}
        and {{ in_days_of('created_at', days) }}

),

customer_users as (

    select
        customer_id,
        user_id
    from {{ ref('int_customer_users') }}

)

select
    invoices.invoice_id,
    {{ local_day('invoices.created_at') }} as invoiced_on,
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
    invoices.created_at,
    invoices.finalized_at,
    invoices.paid_at,
    invoices.voided_at
from invoices
left join customer_users
    on invoices.customer_id = customer_users.customer_id
