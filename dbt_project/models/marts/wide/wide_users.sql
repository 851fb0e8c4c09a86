-- Reads int_user_months, a row a user and month, and of wide_user_days the window's day.
with

user_months as (

    select
        user_id,
        first_active_on,
        last_active_on,
        active_days,
        generations,
        characters,
        first_subscribed_on,
        subscribed_days,
        paid_reporting,
        refunded_reporting
    from {{ ref('int_user_months') }}

),

lifetimes as (

    select
        user_id,
        min(first_active_on) as first_active_on,
        max(last_active_on) as last_active_on,
        sum(active_days) as active_days,
        sum(generations) as generations,
        sum(characters) as characters,
        min(first_subscribed_on) as first_subscribed_on,
        sum(subscribed_days) as subscribed_days,
        sum(paid_reporting) as paid_reporting,
        sum(refunded_reporting) as refunded_reporting
    from user_months
    group by user_id

),

last_day as (

    select
        user_id,
        plan,
        is_subscriber
    from {{ ref('wide_user_days') }}
    where date_day = date '{{ window_date() }}'

),

users as (

    select
        user_id,
        is_deleted,
        country,
        {{ local_day('created_at') }} as signed_up_on
    from {{ ref('dim_users') }}

)

select
    users.user_id,
    users.is_deleted,
    users.country,
    coalesce(last_day.plan, 'free') as plan,
    users.signed_up_on,
    lifetimes.first_active_on,
    lifetimes.last_active_on,
    coalesce(lifetimes.active_days, 0) as active_days,
    coalesce(lifetimes.generations, 0) as generations,
    coalesce(lifetimes.characters, 0) as characters,
    lifetimes.first_subscribed_on,
    coalesce(lifetimes.subscribed_days, 0) as subscribed_days,
    coalesce(last_day.is_subscriber, false) as is_subscriber,
    date_diff(lifetimes.first_subscribed_on, users.signed_up_on, day) as days_to_subscribe,
    coalesce(lifetimes.paid_reporting, 0) as paid_reporting,
    coalesce(lifetimes.refunded_reporting, 0) as refunded_reporting,
    coalesce(lifetimes.paid_reporting, 0) - coalesce(lifetimes.refunded_reporting, 0) as net_reporting
from users
left join lifetimes
    on users.user_id = lifetimes.user_id
left join last_day
    on users.user_id = last_day.user_id
