with

delivered as (

    select
        {{ deliver('raw_dynamodb', 'voices') }}
    from {{ current_rows('raw_dynamodb', 'voices') }}

),

decoded as (

    select
        {{ decode('raw_dynamodb', 'voices') }}
    from delivered

)

select
    voice_id,
    name,
    language,
    gender,
    description,
    tags,
    sample_rates,
    preview,
    fingerprints,
    pitch,
    speed,
    style_name,
    style_strength,
    owner_user_id,
    is_public,
    created_at,
    seed_number,
    {{ undecoded('raw_dynamodb', 'voices') }} as _undecoded
from decoded
