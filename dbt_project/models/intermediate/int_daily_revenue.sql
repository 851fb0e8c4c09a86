{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        on_schema_change='fail',
        partition_by={'field': 'date_day', 'data_type': 'date'},
        partitions=rebuilt_days(),
    )
}}

-- Reads fct_payments and fct_refunds of the days that are built.
with

money as (

    select
        paid_on as date_day,
        amount_reporting as paid,
        0 as refunded
    from {{ ref('fct_payments') }}
    where
        {{ in_built_days('paid_on') }}
        and status = 'succeeded'
    union all
    select
        refunded_on as date_day,
        0 as paid,
        amount_reporting as refunded
    from {{ ref('fct_refunds') }}
    where
        {{ in_built_days('refunded_on') }}
        and coalesce(status, '') not in ('failed', 'canceled')

)

select
    date_day,
    sum(paid) as revenue_paid,
    sum(refunded) as revenue_refunded
from money
group by date_day
