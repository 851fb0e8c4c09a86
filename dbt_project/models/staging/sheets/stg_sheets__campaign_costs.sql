with

delivered as (

    select
        {{ deliver('raw_sheets', 'campaign_costs') }}
    from {{ source('raw_sheets', 'campaign_costs') }}
    where {{ in_window_partition() }}

),

decoded as (

    select
        {{ decode('raw_sheets', 'campaign_costs') }}
    from delivered

)

select
    cost_date,
    campaign,
    channel,
    cost,
    code,
    memo,
    {{ undecoded('raw_sheets', 'campaign_costs') }} as _undecoded
from decoded
