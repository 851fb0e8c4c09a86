-- Currencies whose newest rate is older than any run of holidays: the worksheet is not kept any more.
select
    currency,
    published_on
from {{ ref('dim_exchange_rates') }}
where
    date_day = date '{{ window_date() }}'
    and date_diff(date_day, published_on, day) > 14
