with

delivered as (

    select
        {{ deliver('raw_sheets', 'kpi_targets') }}
    from {{ current_rows('raw_sheets', 'kpi_targets') }}

),

decoded as (

    select
        {{ decode('raw_sheets', 'kpi_targets') }}
    from delivered

)

select
    target_date,
    metric,
    target,
    note,
    {{ undecoded('raw_sheets', 'kpi_targets') }} as _undecoded
from decoded
