{{
    config(
        materialized='days',
        partition_by={'field': 'invoiced_on', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

-- A draft's lines have other ids once it is finalized; those that it had, il_tmp_..., may stay in what Stripe's changes
-- make of its lines for some days.
{%- set rows -%}
with

invoices as (

    select
        {{ local_day('created_at') }} as invoiced_on,
        invoice_id,
        customer_id,
        user_id
    from {{ ref('stg_stripe__invoices') }}
    where created_at < {{ window_end() }}

),

lines as (

    select
        invoice_line_id,
        invoice_id,
        subscription_id,
        price_id,
        product_id,
        currency,
        amount,
        quantity,
        proration,
        period_start,
        period_end,
        starts_with(invoice_line_id, 'il_tmp_') as is_of_draft,
        logical_and(starts_with(invoice_line_id, 'il_tmp_')) over (partition by invoice_id) as is_draft
    from {{ ref('stg_stripe__invoice_lines') }}

),

products as (

    select
        product_id,
        plan
    from {{ ref('dim_products') }}

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
    lines.invoice_line_id,
    lines.invoice_id,
    coalesce(invoices.user_id, customer_users.user_id) as user_id,
    lines.subscription_id,
    lines.price_id,
    lines.product_id,
    products.plan,
    lines.currency,
    lines.amount,
    {{ in_reporting_currency('lines.amount', 'rates.rate') }} as amount_reporting,
    lines.quantity,
    coalesce(lines.proration, false) as is_proration,
    lines.period_start,
    lines.period_end
from lines
inner join invoices
    on
        lines.invoice_id = invoices.invoice_id
        and lines.is_of_draft = lines.is_draft
left join customer_users
    on invoices.customer_id = customer_users.customer_id
left join products
    on lines.product_id = products.product_id
left join rates
    on
        invoices.invoiced_on = rates.date_day
        and lines.currency = rates.currency
{%- endset %}

{%- set days = differing_days(rows) %}

select *
from (
{{ rows }}
)
where {{ in_days('invoiced_on', days) }}
