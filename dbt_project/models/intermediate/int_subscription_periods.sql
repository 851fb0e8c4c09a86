-- Since when a subscription costs what. A subscription holds only its present price: what it cost on an earlier day stands
-- in its invoices. From a line's period start on, the line's price holds until the next line's. Negative lines give back
-- what a change left unused.
with

customer_users as (

    select
        customer_id,
        user_id
    from {{ ref('int_customer_users') }}

),

subscriptions as (

    select
        subscription_id,
        customer_id,
        user_id,
        {{ local_day('coalesce(trial_ended_at, started_at)') }} as starts_on,
        {{ local_day('ended_at') }} as ends_on
    from {{ ref('stg_stripe__subscriptions') }}
    where status not in ('incomplete', 'incomplete_expired')

),

invoices as (

    select
        invoice_id,
        created_at
    from {{ ref('stg_stripe__invoices') }}
    where created_at < {{ window_end() }}

),

lines as (

    select
        invoice_line_id,
        invoice_id,
        subscription_id,
        price_id,
        amount,
        quantity,
        period_start
    from {{ ref('stg_stripe__invoice_lines') }}
    where subscription_id is not null

),

-- The last line of each day, of those that begin at the same instant the one of the newest invoice.
priced_days as (

    select
        lines.subscription_id,
        lines.price_id,
        lines.quantity,
        {{ local_day('lines.period_start') }} as starts_on
    from lines
    inner join invoices
        on lines.invoice_id = invoices.invoice_id
    where lines.amount >= 0
    qualify row_number() over (
        partition by lines.subscription_id, {{ local_day('lines.period_start') }}
        order by lines.period_start desc, invoices.created_at desc, lines.invoice_id desc, lines.invoice_line_id desc
    ) = 1

),

priced_periods as (

    select
        subscription_id,
        price_id,
        quantity,
        starts_on,
        lead(starts_on) over (partition by subscription_id order by starts_on) as ends_on
    from priced_days

),

prices as (

    select
        price_id,
        plan,
        currency,
        unit_amount,
        {{ recurring_months('recurring_interval', 'recurring_interval_count') }} as months
    from {{ ref('dim_prices') }}

)

select
    subscriptions.subscription_id,
    subscriptions.customer_id,
    coalesce(subscriptions.user_id, customer_users.user_id) as user_id,
    priced_periods.price_id,
    prices.plan,
    prices.currency,
    cast(prices.unit_amount * priced_periods.quantity as numeric) / prices.months as monthly_amount,
    greatest(subscriptions.starts_on, coalesce(priced_periods.starts_on, subscriptions.starts_on)) as starts_on,
    case
        when subscriptions.ends_on is null then priced_periods.ends_on
        when priced_periods.ends_on is null then subscriptions.ends_on
        else least(subscriptions.ends_on, priced_periods.ends_on)
    end as ends_on
from subscriptions
-- A subscription without a line keeps its days, and the tests of the fact fail for its price.
left join priced_periods
    on
        subscriptions.subscription_id = priced_periods.subscription_id
        and (priced_periods.ends_on is null or priced_periods.ends_on > subscriptions.starts_on)
        and (subscriptions.ends_on is null or priced_periods.starts_on < subscriptions.ends_on)
left join customer_users
    on subscriptions.customer_id = customer_users.customer_id
left join prices
    on priced_periods.price_id = prices.price_id
where
    subscriptions.ends_on is null
    or subscriptions.ends_on > subscriptions.starts_on
