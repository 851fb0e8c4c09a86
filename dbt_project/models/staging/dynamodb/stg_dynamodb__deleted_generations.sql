with

delivered as (

    select
        {{ deliver('raw_dynamodb', 'generations') }},
        deleted_at
    from {{ deleted_rows('raw_dynamodb', 'generations') }}

),

decoded as (

    select
        {{ decode('raw_dynamodb', 'generations') }},
        deleted_at
    from delivered

)

select
    user_id,
    generation_id,
    deleted_at
from decoded
