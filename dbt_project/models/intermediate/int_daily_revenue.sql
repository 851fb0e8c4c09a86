{{
    config(
        materialized='days',
        meta={'touched_by': {'fct_payments': 'paid_on', 'fct_refunds': 'refunded_on'}},
        partition_by={'field': 'date_day', 'data_type': 'date'},
    )
}}

-- Reads fct_payments and fct_refunds of the touched days.
{%- set days = touched_days() %}

with

money as (

    select
        paid_on as date_day,
        amount_reporting as paid,
        0 as refunded
    from {{ ref('fct_payments') }}
    where
        {{ in_touched_days('paid_on', days) }}
        and status = 'succeeded'
    union all
    select
        refunded_on as date_day,
        0 as paid,
        amount_reporting as refunded
    from {{ ref('fct_refunds') }}
    where
        {{ in_touched_days('refunded_on', days) }}
        and coalesce(status, '') not in ('failed', 'canceled')

)

select
    date_day,
    sum(paid) as revenue_paid,
    sum(refunded) as revenue_refunded
from money
group by date_day
