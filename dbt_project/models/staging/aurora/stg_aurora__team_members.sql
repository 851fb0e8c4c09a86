with

delivered as (

    select
        {{ deliver('raw_aurora', 'team_members') }}
    from {{ source('raw_aurora', 'team_members') }}
    where {{ in_window_partition() }}

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
