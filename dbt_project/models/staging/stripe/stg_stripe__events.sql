with

delivered as (

    select
        {{ deliver('raw_stripe', 'events') }}
    from {{ source('raw_stripe', 'events') }}
    where {{ in_window_partition() }} and deleted is not true

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
