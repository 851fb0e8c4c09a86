with

generations as (

    select
        generated_on,
        user_id,
        characters,
        status
    from {{ ref('fct_generations') }}
    where generated_on <= date '{{ window_date() }}'

),

subscription_days as (

    select
        date_day,
        user_id,
        monthly_amount
    from {{ ref('int_subscription_days') }}

),

targets as (

    select
        target_date,
        metric,
        target
    from {{ ref('stg_sheets__kpi_targets') }}

),

days as (

    select date_day
    from unnest(generate_date_array(
        (select min(generated_on) from generations),
        date '{{ window_date() }}'
    )) as date_day

),

usage as (

    select
        generated_on as date_day,
        count(distinct user_id) as active_users,
        sum(characters) as characters_spoken
    from generations
    where status = 'succeeded'
    group by generated_on

),

revenue as (

    select
        date_day,
        sum(monthly_amount) as mrr
    from subscription_days
    group by date_day

),

subscriber_days as (

    select distinct
        user_id,
        date_day
    from subscription_days

),

neighbours as (

    select
        date_day,
        lag(date_day) over (partition by user_id order by date_day) as previous_day,
        lead(date_day) over (partition by user_id order by date_day) as next_day
    from subscriber_days

),

new_subscribers as (

    select
        date_day,
        count(*) as new_subscribers
    from neighbours
    where previous_day is null
    group by date_day

),

churned_subscribers as (

    select
        date_add(date_day, interval 1 day) as date_day,
        count(*) as churned_subscribers
    from neighbours
    where
        next_day is null
        or next_day > date_add(date_day, interval 1 day)
    group by date_day

),

daily_targets as (

    select
        target_date as date_day,
        max(if(metric = 'active_users', target, null)) as target_active_users,
        max(if(metric = 'characters_spoken', target, null)) as target_characters_spoken,
        max(if(metric = 'new_subscribers', target, null)) as target_new_subscribers,
        max(if(metric = 'churned_subscribers', target, null)) as target_churned_subscribers,
        max(if(metric = 'mrr', target, null)) as target_mrr
    from targets
    group by target_date

)

select
    days.date_day,
    coalesce(usage.active_users, 0) as active_users,
    coalesce(usage.characters_spoken, 0) as characters_spoken,
    coalesce(new_subscribers.new_subscribers, 0) as new_subscribers,
    coalesce(churned_subscribers.churned_subscribers, 0) as churned_subscribers,
    coalesce(revenue.mrr, 0) as mrr,
    daily_targets.target_active_users,
    daily_targets.target_characters_spoken,
    daily_targets.target_new_subscribers,
    daily_targets.target_churned_subscribers,
    daily_targets.target_mrr
from days
left join usage
    on days.date_day = usage.date_day
left join revenue
    on days.date_day = revenue.date_day
left join new_subscribers
    on days.date_day = new_subscribers.date_day
left join churned_subscribers
    on days.date_day = churned_subscribers.date_day
left join daily_targets
    on days.date_day = daily_targets.date_day
