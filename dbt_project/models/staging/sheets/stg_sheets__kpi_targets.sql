with

delivered as (

    select
        {{ deliver('raw_sheets', 'kpi_targets') }}
    from {{ source('raw_sheets', 'kpi_targets') }}
    where {{ in_window_partition() }}

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
