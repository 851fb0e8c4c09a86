{{
    config(
        materialized='days',
        meta={'touched_by': {'stg_dynamodb__generations': 'created_at'}},
        partition_by={'field': 'generated_on', 'data_type': 'date'},
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

{%- set days = touched_days() %}

with

generations as (

    select
        user_id,
        generation_id,
        voice_id,
        project_id,
        status,
        characters,
        duration_ms,
        format,
        sample_rate,
        speed,
        stability,
        cost_micros,
        error_code,
        created_at,
        recorded_at,
        {{ local_day('created_at') }} as generated_on
    from {{ ref('stg_dynamodb__generations') }}
    where
        created_at < {{ window_end() }}
        and {{ in_days_of('created_at', days) }}

)

select
    generated_on,
    user_id,
    generation_id,
    voice_id,
    project_id,
    status,
    characters,
    duration_ms,
    format,
    sample_rate,
    speed,
    stability,
    cost_micros,
    error_code,
    created_at,
    recorded_at
from generations
