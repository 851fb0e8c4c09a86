with

delivered as (

    select
        {{ deliver('raw_aurora', 'projects') }}
    from {{ source('raw_aurora', 'projects') }}
    where {{ in_window_partition() }}

),

decoded as (

    select
        {{ decode('raw_aurora', 'projects') }}
    from delivered

)

select
    id,
    owner_id,
    team_id,
    title,
    settings,
    budget,
    tags,
    created_at,
    archived_at,
    {{ undecoded('raw_aurora', 'projects') }} as _undecoded
from decoded
