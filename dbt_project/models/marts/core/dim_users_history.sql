-- A day takes what the newest window up to it saw of a user; days before the first one take what that one saw.
with

versions as (

    select
        user_id,
        case
            when row_number() over (partition by user_id order by observed_on) = 1
                then least(observed_on, {{ local_day('created_at') }})
            else observed_on
        end as valid_from,
        lead(observed_on) over (partition by user_id order by observed_on) as valid_to,
        is_deleted,
        plan,
        country,
        locale,
        marketing_opt_in,
        email,
        name
    from {{ ref('int_user_versions') }}
    where user_id is not null

)

select
    user_id,
    valid_from,
    valid_to,
    valid_to is null as is_current,
    plan,
    country,
    locale,
    marketing_opt_in,
    email,
    name,
    is_deleted
from versions
