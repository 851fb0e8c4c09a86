{{
    config(
        materialized='days',
        partition_by={'field': 'cost_date', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['code'],
    )
}}

-- The worksheet comes whole with every window, and people mend it where they like.
{%- set rows -%}
with

costs as (

    select
        cost_date,
        code,
        campaign,
        channel,
        'jpy' as currency,
        cost
    from {{ ref('stg_sheets__campaign_costs') }}
    where cost_date <= date '{{ window_date() }}'

),

rates as (

    select
        date_day,
        currency,
        rate
    from {{ ref('dim_exchange_rates') }}

)

select
    costs.cost_date,
    costs.code,
    costs.campaign,
    costs.channel,
    costs.currency,
    costs.cost,
    {{ in_reporting_currency('costs.cost', 'rates.rate') }} as cost_reporting
from costs
left join rates
    on
        costs.cost_date = rates.date_day
        and costs.currency = rates.currency
{%- endset %}

{%- set days = differing_days(rows) %}

select *
from (
{{ rows }}
)
where {{ in_days('cost_date', days) }}
