with

delivered as (

    select
        {{ deliver('raw_stripe', 'coupons') }}
    from {{ current_rows('raw_stripe', 'coupons') }}

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
