-- int_subscription_periods takes a subscription's price from one line at a time: it would lose the others of a
-- subscription that has several items.
select
    subscription_id,
    items
from {{ ref('stg_stripe__subscriptions') }}
where array_length(json_query_array(items)) != 1
