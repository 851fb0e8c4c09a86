{{
    config(
        materialized='days',
        meta={'touched_by': {
            'fct_generations': 'generated_on',
            'fct_subscription_days': 'date_day',
            'fct_payments': 'paid_on',
            'fct_refunds': 'refunded_on',
        }},
        partition_by={'field': 'date_day', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

-- Reads the facts of the touched days, and the small dimensions.
{%- set days = touched_days() %}

with

generations as (

    select
        generated_on as date_day,
        user_id,
        count(*) as generations,
        countif(status = 'succeeded') as succeeded_generations,
        countif(status = 'failed') as failed_generations,
        sum(if(status = 'succeeded', characters, 0)) as characters,
        sum(if(status = 'succeeded', duration_ms, 0)) as duration_ms,
        sum(cost_micros) as cost_micros
    from {{ ref('fct_generations') }}
    where {{ in_touched_days('generated_on', days) }}
    group by
        generated_on,
        user_id

),

plans as (

    select
        plan,
        rank
    from {{ ref('dim_plans') }}

),

subscriptions as (

    select
        subscription_days.date_day,
        subscription_days.user_id,
        max(plans.rank) as plan_rank,
        sum(subscription_days.monthly_amount_reporting) as mrr_reporting
    from {{ ref('fct_subscription_days') }} as subscription_days
    left join plans
        on subscription_days.plan = plans.plan
    where {{ in_touched_days('subscription_days.date_day', days) }}
    group by
        subscription_days.date_day,
        subscription_days.user_id

),

payments as (

    select
        paid_on as date_day,
        user_id,
        sum(amount_reporting) as paid_reporting
    from {{ ref('fct_payments') }}
    where
        {{ in_touched_days('paid_on', days) }}
        and status = 'succeeded'
        and user_id is not null
    group by
        paid_on,
        user_id

),

refunds as (

    select
        refunded_on as date_day,
        user_id,
        sum(amount_reporting) as refunded_reporting
    from {{ ref('fct_refunds') }}
    where
        {{ in_touched_days('refunded_on', days) }}
        and coalesce(status, '') not in ('failed', 'canceled')
        and user_id is not null
    group by
        refunded_on,
        user_id

),

user_days as (

    select date_day, user_id from generations
    union distinct
    select date_day, user_id from subscriptions
    union distinct
    select date_day, user_id from payments
    union distinct
    select date_day, user_id from refunds

),

users as (

    select
        user_id,
        valid_from,
        valid_to,
        country
    from {{ ref('dim_users_history') }}

)

select
    user_days.date_day,
    user_days.user_id,
    users.country,
    plans.plan,
    coalesce(generations.succeeded_generations, 0) > 0 as is_active,
    coalesce(generations.generations, 0) as generations,
    coalesce(generations.succeeded_generations, 0) as succeeded_generations,
    coalesce(generations.failed_generations, 0) as failed_generations,
    coalesce(generations.characters, 0) as characters,
    coalesce(generations.duration_ms, 0) as duration_ms,
    coalesce(generations.cost_micros, 0) as cost_micros,
    subscriptions.user_id is not null as is_subscriber,
    coalesce(subscriptions.mrr_reporting, 0) as mrr_reporting,
    coalesce(payments.paid_reporting, 0) as paid_reporting,
    coalesce(refunds.refunded_reporting, 0) as refunded_reporting
from user_days
left join generations
    on user_days.date_day = generations.date_day and user_days.user_id = generations.user_id
left join subscriptions
    on user_days.date_day = subscriptions.date_day and user_days.user_id = subscriptions.user_id
left join payments
    on user_days.date_day = payments.date_day and user_days.user_id = payments.user_id
left join refunds
    on user_days.date_day = refunds.date_day and user_days.user_id = refunds.user_id
left join plans
    on plans.rank = if(subscriptions.user_id is null, 0, subscriptions.plan_rank)
left join users
    on
        user_days.user_id = users.user_id
        and user_days.date_day >= users.valid_from
        and (user_days.date_day < users.valid_to or users.valid_to is null)
