with

delivered as (

    select
        {{ deliver('raw_aurora', 'teams') }}
    from {{ current_rows('raw_aurora', 'teams') }}

),

decoded as (

    select
        {{ decode('raw_aurora', 'teams') }}
    from delivered

)

select
    id,
    name,
    owner_id,
    seats,
    created_at,
    {{ undecoded('raw_aurora', 'teams') }} as _undecoded
from decoded
