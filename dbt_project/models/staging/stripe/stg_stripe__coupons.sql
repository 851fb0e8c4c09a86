with

delivered as (

    select
        {{ deliver('raw_stripe', 'coupons') }}
    from {{ source('raw_stripe', 'coupons') }}
    where {{ in_window_partition() }} and deleted is not true

),

decoded as (

    select
        {{ decode('raw_stripe', 'coupons') }}
    from delivered

)

select
    coupon_id,
    name,
    percent_off,
    amount_off,
    currency,
    duration,
    duration_in_months,
    max_redemptions,
    times_redeemed,
    valid,
    redeem_by,
    created_at,
    {{ undecoded('raw_stripe', 'coupons') }} as _undecoded
from decoded
