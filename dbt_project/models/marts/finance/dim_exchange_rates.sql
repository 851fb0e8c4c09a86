-- What one minor unit of each currency is worth on each day, in minor units of the reporting currency. A day without a
-- published rate, such as a Sunday, has the newest before it.
with

published as (

    select
        rate_date,
        lower(currency) as currency,
        jpy_per_unit
    from {{ ref('stg_sheets__exchange_rates') }}
    where
        jpy_per_unit is not null
        and rate_date <= date '{{ window_date() }}'

),

rates as (

    select
        rate_date,
        currency,
        jpy_per_unit,
        coalesce(
            date_sub(
                lead(rate_date) over (partition by currency order by rate_date),
                interval 1 day
            ),
            date '{{ window_date() }}'
        ) as last_day
    from published

    union all

    -- The yen is what the others are stated in.
    select
        date '{{ var("first_day") }}' as rate_date,
        'jpy' as currency,
        numeric '1' as jpy_per_unit,
        date '{{ window_date() }}' as last_day

),

daily as (

    select
        date_day,
        rates.currency,
        if(rates.currency = 'jpy', null, rates.rate_date) as published_on,
        rates.jpy_per_unit,
        {{ minor_units('rates.currency') }} as minor_units
    from rates
    cross join unnest(generate_date_array(rates.rate_date, rates.last_day)) as date_day

)

select
    daily.date_day,
    daily.currency,
    (daily.jpy_per_unit * reporting.minor_units) / (reporting.jpy_per_unit * daily.minor_units) as rate,
    daily.published_on
from daily
inner join daily as reporting
    on
        daily.date_day = reporting.date_day
        and reporting.currency = '{{ var("reporting_currency") }}'
