select
    product_id,
    name,
    plan,
    active as is_active,
    created_at
from {{ ref('stg_stripe__products') }}
where created_at < {{ window_end() }}
