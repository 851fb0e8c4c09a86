{{
    config(
        materialized='days',
        meta={'touched_by': {'wide_user_days': 'date_day'}},
        partition_by={'field': 'month_start', 'data_type': 'date', 'granularity': 'month'},
        cluster_by=['user_id'],
    )
}}

-- Lifetimes, cohorts and months are added up from here, so that they need not read every day again. Reads wide_user_days
-- of the months that have a touched day.
{%- set months = touched_months() %}

select
    date_trunc(date_day, month) as month_start,
    user_id,
    min(if(is_active, date_day, null)) as first_active_on,
    max(if(is_active, date_day, null)) as last_active_on,
    countif(is_active) as active_days,
    sum(generations) as generations,
    sum(characters) as characters,
    min(if(is_subscriber, date_day, null)) as first_subscribed_on,
    countif(is_subscriber) as subscribed_days,
    sum(paid_reporting) as paid_reporting,
    sum(refunded_reporting) as refunded_reporting
from {{ ref('wide_user_days') }}
where
    {{ in_days_since('date_day', months) }}
    and {{ in_days('date_trunc(date_day, month)', months) }}
group by
    date_trunc(date_day, month),
    user_id
