-- A subscription holds only its present price. What it cost on an earlier day stands in its invoices: from a line's
-- period start on, the line's price holds until the next line's. Negative lines give back what a change left unused.
with

subscriptions as (

    select
        subscription_id,
        customer_id,
        user_id,
        coalesce(trial_ended_at, started_at) as paying_from,
        ended_at
    from {{ ref('stg_stripe__subscriptions') }}
    where status not in ('incomplete', 'incomplete_expired')

),

invoices as (

    select
        invoice_id,
        subscription_id,
        lines,
        created_at
    from {{ ref('stg_stripe__invoices') }}

),

prices as (

    select
        price_id,
        currency,
        unit_amount,
        case recurring_interval
            when 'month' then recurring_interval_count
            when 'year' then 12 * recurring_interval_count
        end as months
    from {{ ref('stg_stripe__prices') }}

),

customer_users as (

    select
        customer_id,
        user_id
    from {{ ref('int_customer_users') }}

),

lines as (

    select
        invoices.subscription_id,
        invoices.invoice_id,
        invoices.created_at,
        json_value(line, '$.pricing.price_details.price') as price_id,
        safe_cast(json_value(line, '$.quantity') as int64) as quantity,
        safe_cast(json_value(line, '$.amount') as int64) as amount,
        timestamp_seconds(safe_cast(json_value(line, '$.period.start') as int64)) as starts_at
    from invoices
    cross join unnest(json_query_array(invoices.lines)) as line

),

latest_lines as (

    select
        subscription_id,
        price_id,
        quantity,
        starts_at
    from lines
    where amount >= 0
    qualify row_number() over (
        partition by subscription_id, starts_at
        order by created_at desc, invoice_id desc
    ) = 1

),

price_periods as (

    select
        subscription_id,
        price_id,
        quantity,
        {{ local_day('starts_at') }} as first_day,
        lead(starts_at) over (partition by subscription_id order by starts_at) as replaced_at
    from latest_lines

),

subscription_days as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        coalesce(subscriptions.user_id, customer_users.user_id) as user_id,
        date_day
    from subscriptions
    left join customer_users
        on subscriptions.customer_id = customer_users.customer_id
    cross join unnest(generate_date_array(
        {{ local_day('subscriptions.paying_from') }},
        least(
            date '{{ window_date() }}',
            coalesce(date_sub({{ local_day('subscriptions.ended_at') }}, interval 1 day), date '{{ window_date() }}')
        )
    )) as date_day

)

select
    subscription_days.date_day,
    subscription_days.subscription_id,
    subscription_days.customer_id,
    subscription_days.user_id,
    price_periods.price_id,
    prices.currency,
    cast(cast(prices.unit_amount * price_periods.quantity as numeric) / prices.months as numeric) as monthly_amount
from subscription_days
left join price_periods
    on
        subscription_days.subscription_id = price_periods.subscription_id
        and subscription_days.date_day >= price_periods.first_day
        and (
            price_periods.replaced_at is null
            or subscription_days.date_day < {{ local_day('price_periods.replaced_at') }}
        )
left join prices
    on price_periods.price_id = prices.price_id
