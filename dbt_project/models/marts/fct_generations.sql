{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        partition_by={'field': 'generated_on', 'data_type': 'date'},
        partitions=rebuilt_days(),
        require_partition_filter=true,
        cluster_by=['user_id'],
    )
}}

-- A run builds the window's day and the days before it that can still receive late rows; the first run, and one with
-- --full-refresh, builds all days.
{%- do require_declared_columns() %}

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
    where created_at < {{ window_end() }}

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
{%- if is_incremental() %}
where generated_on in ({{ rebuilt_days() | join(', ') }})
{%- endif %}
