with

delivered as (

    select
        {{ deliver('raw_stripe', 'events') }}
    from {{ current_rows('raw_stripe', 'events') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'events') }}
    from delivered

)

select
    event_id,
    type,
    object_id,
    api_version,
    data,
    created_at,
    {{ undecoded('raw_stripe', 'events') }} as _undecoded
from decoded
