with

delivered as (

    select
        {{ deliver('raw_sheets', 'campaign_costs') }}
    from {{ current_rows('raw_sheets', 'campaign_costs') }}

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
