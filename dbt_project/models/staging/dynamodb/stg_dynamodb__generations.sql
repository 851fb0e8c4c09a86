{{
    config(
        materialized='changes',
        partition_by={'field': 'created_at', 'data_type': 'timestamp'},
        cluster_by=['user_id'],
    )
}}

with

delivered as (

    select
        {{ deliver('raw_dynamodb', 'generations') }}
    from {{ current_rows('raw_dynamodb', 'generations') }}

),

decoded as (

    select
        {{ decode('raw_dynamodb', 'generations') }}
    from delivered

)

select
    user_id,
    generation_id,
    voice_id,
    project_id,
    text,
    characters,
    duration_ms,
    status,
    created_at,
    recorded_at,
    format,
    sample_rate,
    speed,
    stability,
    segments,
    labels,
    word_ids,
    checksum,
    chunks,
    cost_micros,
    random_seed,
    error_code,
    error_message,
    client_ip,
    note,
    {{ undecoded('raw_dynamodb', 'generations') }} as _undecoded,
    _delivered_on
from decoded
