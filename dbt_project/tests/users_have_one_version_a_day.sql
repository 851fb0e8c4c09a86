-- Versions of a user that hold for no day, overlap, leave days out, or are current although another follows.
with

versions as (

    select
        user_id,
        valid_from,
        valid_to,
        is_current,
        lead(valid_from) over (partition by user_id order by valid_from) as next_valid_from
    from {{ ref('dim_users_history') }}

)

select
    user_id,
    valid_from,
    valid_to,
    is_current,
    next_valid_from
from versions
where
    valid_to <= valid_from
    or coalesce(valid_to != next_valid_from, (valid_to is null) != (next_valid_from is null))
    or is_current != (valid_to is null)
