-- Reads the accounts, and int_user_months, a row a user and month.
with

users as (

    select
        user_id,
        date_trunc({{ local_day('created_at') }}, month) as cohort_month
    from {{ ref('dim_users') }}
    where not is_deleted

),

user_months as (

    select
        month_start,
        user_id,
        generations,
        active_days,
        subscribed_days,
        first_subscribed_on
    from {{ ref('int_user_months') }}

),

cohorts as (

    select
        cohort_month,
        count(*) as cohort_users
    from users
    group by cohort_month

),

cohort_months as (

    select
        cohorts.cohort_month,
        cohorts.cohort_users,
        month_start
    from cohorts
    cross join unnest(generate_date_array(
        cohorts.cohort_month, date_trunc(date '{{ window_date() }}', month), interval 1 month
    )) as month_start

),

activity as (

    select
        users.cohort_month,
        user_months.month_start,
        countif(user_months.active_days > 0) as active_users,
        countif(user_months.subscribed_days > 0) as subscribers
    from users
    inner join user_months
        on users.user_id = user_months.user_id
    group by
        users.cohort_month,
        user_months.month_start

),

first_subscriptions as (

    select
        user_id,
        date_trunc(min(first_subscribed_on), month) as first_month
    from user_months
    group by user_id

),

-- Who paid before the account was opened, as after it was opened anew, has converted in the first month.
conversions as (

    select
        users.cohort_month,
        greatest(first_subscriptions.first_month, users.cohort_month) as month_start,
        count(*) as converted_users
    from users
    inner join first_subscriptions
        on users.user_id = first_subscriptions.user_id
    where first_subscriptions.first_month is not null
    group by
        users.cohort_month,
        greatest(first_subscriptions.first_month, users.cohort_month)

),

first_usage as (

    select min(month_start) as month_start
    from user_months
    where generations > 0

),

counted as (

    select
        cohort_months.cohort_month,
        date_diff(cohort_months.month_start, cohort_months.cohort_month, month) as month_number,
        cohort_months.month_start,
        cohort_months.cohort_users,
        if(
            cohort_months.month_start >= (select first_usage.month_start from first_usage),
            coalesce(activity.active_users, 0),
            null
        ) as active_users,
        coalesce(activity.subscribers, 0) as subscribers,
        sum(coalesce(conversions.converted_users, 0)) over (
            partition by cohort_months.cohort_month
            order by cohort_months.month_start
        ) as converted_users
    from cohort_months
    left join activity
        on
            cohort_months.cohort_month = activity.cohort_month
            and cohort_months.month_start = activity.month_start
    left join conversions
        on
            cohort_months.cohort_month = conversions.cohort_month
            and cohort_months.month_start = conversions.month_start

)

select
    cohort_month,
    month_number,
    month_start,
    cohort_users,
    active_users,
    subscribers,
    converted_users,
    {{ ratio('active_users', 'cohort_users') }} as activity_retention,
    {{ ratio('subscribers', 'cohort_users') }} as subscription_retention,
    {{ ratio('converted_users', 'cohort_users') }} as conversion_rate
from counted
