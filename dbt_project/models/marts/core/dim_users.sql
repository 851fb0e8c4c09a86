-- One row per user that any store knows. The product deletes an account's row, but not what other stores keep of it.
with

accounts as (

    select
        id,
        email,
        name,
        plan,
        country,
        locale,
        birth_date,
        marketing_opt_in,
        stripe_customer_id,
        credit_balance,
        created_at,
        updated_at
    from {{ ref('stg_aurora__users') }}
    where created_at < {{ window_end() }}

),

generations as (

    select user_id
    from {{ ref('stg_dynamodb__generations') }}
    where created_at < {{ window_end() }}

),

voices as (

    select owner_user_id as user_id
    from {{ ref('stg_dynamodb__voices') }}
    where created_at < {{ window_end() }}

),

projects as (

    select owner_id as user_id
    from {{ ref('stg_aurora__projects') }}
    where created_at < {{ window_end() }}

),

teams as (

    select owner_id as user_id
    from {{ ref('stg_aurora__teams') }}
    where created_at < {{ window_end() }}

),

team_members as (

    select user_id
    from {{ ref('stg_aurora__team_members') }}
    where joined_at < {{ window_end() }}

),

customers as (

    select user_id
    from {{ ref('int_customer_users') }}

),

known_users as (

    select id as user_id from accounts
    union distinct
    select user_id from generations
    union distinct
    select user_id from voices
    union distinct
    select user_id from projects
    union distinct
    select user_id from teams
    union distinct
    select user_id from team_members
    union distinct
    select user_id from customers

)

select
    known_users.user_id,
    accounts.id is null as is_deleted,
    accounts.plan,
    accounts.email,
    accounts.name,
    accounts.country,
    accounts.locale,
    extract(year from accounts.birth_date) as birth_year,
    accounts.marketing_opt_in,
    accounts.stripe_customer_id,
    accounts.credit_balance,
    accounts.created_at,
    accounts.updated_at
from known_users
left join accounts
    on known_users.user_id = accounts.id
where known_users.user_id is not null
