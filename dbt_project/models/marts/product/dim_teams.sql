with

members as (

    select
        team_id,
        count(*) as members
    from {{ ref('stg_aurora__team_members') }}
    where joined_at < {{ window_end() }}
    group by team_id

)

select
    teams.id as team_id,
    teams.name,
    teams.owner_id as owner_user_id,
    teams.seats,
    coalesce(members.members, 0) as members,
    teams.created_at
from {{ ref('stg_aurora__teams') }} as teams
left join members
    on teams.id = members.team_id
where teams.created_at < {{ window_end() }}
