with

delivered as (

    select
        {{ deliver('raw_aurora', 'team_members') }}
    from {{ current_rows('raw_aurora', 'team_members') }}

),

decoded as (

    select
        {{ decode('raw_aurora', 'team_members') }}
    from delivered

)

select
    team_id,
    user_id,
    role,
    joined_at,
    {{ undecoded('raw_aurora', 'team_members') }} as _undecoded
from decoded
