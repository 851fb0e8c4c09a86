-- The days that are missing between the first day and the window's, and the window's own if it is.
with

expected as (

    select date_day
    from unnest(generate_date_array(
        (select min(date_day) from {{ ref('kpi_daily') }}),
        date '{{ window_date() }}'
    )) as date_day

)

select expected.date_day
from expected
left join {{ ref('kpi_daily') }} as kpi
    on expected.date_day = kpi.date_day
where kpi.date_day is null
