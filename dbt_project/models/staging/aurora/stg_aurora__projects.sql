with

delivered as (

    select
        {{ deliver('raw_aurora', 'projects') }}
    from {{ current_rows('raw_aurora', 'projects') }}

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
