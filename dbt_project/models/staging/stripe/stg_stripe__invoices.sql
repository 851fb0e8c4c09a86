{{ config(materialized='changes') }}

with

delivered as (

    select
        {{ deliver('raw_stripe', 'invoices') }}
    from {{ current_rows('raw_stripe', 'invoices') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'invoices') }}
    from delivered

)

select
    invoice_id,
    number,
    customer_id,
    subscription_id,
    user_id,
    customer_email,
    customer_name,
    billing_reason,
    status,
    currency,
    subtotal,
    total,
    amount_due,
    amount_paid,
    amount_remaining,
    attempt_count,
    lines,
    period_start,
    period_end,
    created_at,
    finalized_at,
    paid_at,
    voided_at,
    {{ undecoded('raw_stripe', 'invoices') }} as _undecoded,
    _delivered_on
from decoded
