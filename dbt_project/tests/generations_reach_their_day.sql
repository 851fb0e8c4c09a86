{{ config(meta={'dagster': {'ref': {'name': 'fct_generations'}}}) }}

-- Generations of this window that staging has and the fact has not.
with

staged as (

    select
        user_id,
        generation_id,
        created_at,
        recorded_at
    from {{ ref('stg_dynamodb__generations') }}
    where
        created_at < {{ window_end() }}
        and {{ written_rows('stg_dynamodb__generations') }}

),

kept as (

    select
        user_id,
        generation_id
    from {{ ref('fct_generations') }}
    where {{ written_rows('fct_generations') }}

)

select
    staged.user_id,
    staged.generation_id,
    staged.created_at,
    staged.recorded_at
from staged
left join kept
    on
        staged.user_id = kept.user_id
        and staged.generation_id = kept.generation_id
where kept.generation_id is null
