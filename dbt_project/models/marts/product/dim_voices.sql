-- One row per voice, with those that are gone but were spoken with.
with

voices as (

    select
        voice_id,
        name,
        description,
        language,
        gender,
        tags,
        pitch,
        speed,
        style_name,
        style_strength,
        owner_user_id,
        is_public,
        created_at
    from {{ ref('stg_dynamodb__voices') }}
    where created_at < {{ window_end() }}

),

generations as (

    select voice_id
    from {{ ref('stg_dynamodb__generations') }}
    where created_at < {{ window_end() }}

),

known_voices as (

    select voice_id from voices
    union distinct
    select voice_id from generations

)

select
    known_voices.voice_id,
    voices.voice_id is null as is_deleted,
    voices.name,
    voices.description,
    voices.language,
    voices.gender,
    voices.tags,
    voices.pitch,
    voices.speed,
    voices.style_name,
    voices.style_strength,
    voices.owner_user_id,
    voices.owner_user_id is null and voices.voice_id is not null as is_built_in,
    voices.is_public,
    voices.created_at
from known_voices
left join voices
    on known_voices.voice_id = voices.voice_id
where known_voices.voice_id is not null
