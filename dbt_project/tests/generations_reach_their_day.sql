{{ config(meta={'dagster': {'ref': {'name': 'fct_generations'}}}) }}

-- Generations that staging has and the fact has not: they arrived later than a run looks back. They are lost to the
-- fact until it is built anew: dbt build --full-refresh --select fct_generations
with

staged as (

    select
        user_id,
        generation_id,
        created_at,
        recorded_at
    from {{ ref('stg_dynamodb__generations') }}
    where created_at < {{ window_end() }}

),

kept as (

    select
        user_id,
        generation_id
    from {{ ref('fct_generations') }}
    where generated_on >= '2000-01-01'

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
