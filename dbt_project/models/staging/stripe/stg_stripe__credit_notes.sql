with

delivered as (

    select
        {{ deliver('raw_stripe', 'credit_notes') }}
    from {{ current_rows('raw_stripe', 'credit_notes') }}

),

decoded as (

    select
        {{ decode('raw_stripe', 'credit_notes') }}
    from delivered

)

select
    credit_note_id,
    number,
    invoice_id,
    customer_id,
    type,
    status,
    reason,
    memo,
    currency,
    amount,
    lines,
    created_at,
    voided_at,
    {{ undecoded('raw_stripe', 'credit_notes') }} as _undecoded
from decoded
