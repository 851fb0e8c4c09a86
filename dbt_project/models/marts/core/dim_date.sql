with

days as (

    select date_day
    from unnest(generate_date_array(
        date '{{ var("first_day") }}',
        last_day(date '{{ window_date() }}', year)
    )) as date_day

)

select
    date_day,
    extract(year from date_day) as year,
    extract(quarter from date_day) as quarter,
    extract(month from date_day) as month,
    extract(day from date_day) as day_of_month,
    mod(extract(dayofweek from date_day) + 5, 7) + 1 as day_of_week,
    extract(dayofweek from date_day) in (1, 7) as is_weekend,
    date_trunc(date_day, isoweek) as week_start,
    date_trunc(date_day, month) as month_start
from days
