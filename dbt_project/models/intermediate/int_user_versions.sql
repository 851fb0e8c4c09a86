-- What each window saw of each user: a row where that differs from what the window before it saw, and one row without a
-- user for each window. A window's run replaces what was known of that window, and puts right what follows it: the table
-- depends on the windows that have run, not on their order, nor on how often.
--
-- The table is read to be written: it has no partitions and no clusters, for dbt drops a table whose layout changes
-- before it builds it. A window whose partition of raw_aurora.users has no row is none.
{%- set day = "date '" ~ window_date() ~ "'" %}

with

accounts as (

    select
        id as user_id,
        plan,
        country,
        locale,
        marketing_opt_in,
        email,
        name,
        created_at
    from {{ ref('stg_aurora__users') }}
    where created_at < {{ window_end() }}

),

known as (
{% if is_built() %}
    select
        user_id,
        observed_on,
        is_deleted,
        plan,
        country,
        locale,
        marketing_opt_in,
        email,
        name,
        created_at
    from {{ this }}
{% else %}
    select
        user_id,
        {{ day }} as observed_on,
        false as is_deleted,
        plan,
        country,
        locale,
        marketing_opt_in,
        email,
        name,
        created_at
    from accounts
    where false
{% endif %}
),

this_window as (

    select distinct {{ day }} as observed_on
    from accounts

),

next_window as (

    select min(observed_on) as observed_on
    from known
    where
        user_id is null
        and observed_on > {{ day }}

),

users as (

    select user_id from accounts
    union distinct
    select user_id from known where user_id is not null

),

seen_now as (

    select
        users.user_id,
        this_window.observed_on,
        accounts.user_id is null as is_deleted,
        accounts.plan,
        accounts.country,
        accounts.locale,
        accounts.marketing_opt_in,
        accounts.email,
        accounts.name,
        accounts.created_at
    from users
    cross join this_window
    left join accounts
        on users.user_id = accounts.user_id

),

known_by_next as (

    select
        known.user_id,
        known.is_deleted,
        known.plan,
        known.country,
        known.locale,
        known.marketing_opt_in,
        known.email,
        known.name,
        known.created_at
    from known
    cross join next_window
    where
        known.user_id is not null
        and known.observed_on <= next_window.observed_on
    qualify row_number() over (partition by known.user_id order by known.observed_on desc) = 1

),

seen_next as (

    select
        users.user_id,
        next_window.observed_on,
        coalesce(known_by_next.is_deleted, true) as is_deleted,
        known_by_next.plan,
        known_by_next.country,
        known_by_next.locale,
        known_by_next.marketing_opt_in,
        known_by_next.email,
        known_by_next.name,
        known_by_next.created_at
    from users
    cross join next_window
    left join known_by_next
        on users.user_id = known_by_next.user_id
    where next_window.observed_on is not null

),

seen_else as (

    select
        known.user_id,
        known.observed_on,
        known.is_deleted,
        known.plan,
        known.country,
        known.locale,
        known.marketing_opt_in,
        known.email,
        known.name,
        known.created_at
    from known
    left join this_window
        on known.observed_on = this_window.observed_on
    left join next_window
        on known.observed_on = next_window.observed_on
    where
        known.user_id is not null
        and this_window.observed_on is null
        and next_window.observed_on is null

),

seen as (

    select * from seen_now
    union all
    select * from seen_next
    union all
    select * from seen_else

),

states as (

    select
        user_id,
        observed_on,
        is_deleted,
        plan,
        country,
        locale,
        marketing_opt_in,
        email,
        name,
        created_at,
        to_json_string(struct(is_deleted, plan, country, locale, marketing_opt_in, email, name)) as state
    from seen

),

compared as (

    select
        *,
        lag(state) over (partition by user_id order by observed_on) as state_before
    from states

),

versions as (

    select
        user_id,
        observed_on,
        is_deleted,
        plan,
        country,
        locale,
        marketing_opt_in,
        email,
        name,
        created_at
    from compared
    -- Before a user is seen for the first time, there is nothing to be deleted.
    where coalesce(state != state_before, not is_deleted)

),

windows as (

    select observed_on from known where user_id is null
    union distinct
    select observed_on from this_window

)

select
    user_id,
    observed_on,
    is_deleted,
    plan,
    country,
    locale,
    marketing_opt_in,
    email,
    name,
    created_at
from versions

union all

select
    cast(null as int64) as user_id,
    observed_on,
    cast(null as bool) as is_deleted,
    cast(null as string) as plan,
    cast(null as string) as country,
    cast(null as string) as locale,
    cast(null as bool) as marketing_opt_in,
    cast(null as string) as email,
    cast(null as string) as name,
    cast(null as timestamp) as created_at
from windows
