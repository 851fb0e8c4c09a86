{#- What a Stripe table held at the end of a window, as a subquery with the raw columns and _delivered_on, one row an id: the last full
    delivery and the changes since, of each object the newest, without those that are deleted.

    `days` is the predicate for the partitions from that full delivery to the window. A window that is read again holds
    its objects as they are by then; what later windows hold of them still counts, so that no state depends on the order
    in which windows were read. -#}
{% macro stripe_current(relation, days, key_columns) -%}
    (
        select id, object, deleted, retrieved_at, date(_partitiontime) as _delivered_on
        from {{ relation }}
        where {{ days }}
        qualify {{ stripe_newest() }} and deleted is not true
    )
{%- endmacro %}


{#- Stripe does not say when an object was deleted: deleted_at is when that was seen first. -#}
{% macro stripe_deleted(relation, days, key_columns) -%}
    (
        select
            json_object('id', id) as object,
            retrieved_at as deleted_at,
            date(_partitiontime) as _delivered_on
        from {{ relation }}
        where {{ days }}
        qualify {{ stripe_newest() }} and deleted
    )
{%- endmacro %}


{% macro stripe_newest() -%}
    row_number() over (partition by id order by _partitiontime desc, retrieved_at desc) = 1
{%- endmacro %}
