{#- What a Stripe table held at the end of a window, as a subquery with the raw columns, one row an id: the last full
    delivery and the changes since, of each object the newest, without those that are deleted.

    `first` and `last` are SQL literals of the partitions of that full delivery and of the window, such as
    timestamp '2026-11-21'. A window that is read again holds its objects as they are by then; what later windows hold of
    them still counts, so that no state depends on the order in which windows were read. -#}
{% macro stripe_current(relation, first, last) -%}
    (
        select id, object, deleted, retrieved_at
        from {{ relation }}
        where _partitiontime between {{ first }} and {{ last }}
        qualify
            row_number() over (partition by id order by _partitiontime desc, retrieved_at desc) = 1
            and deleted is not true
    )
{%- endmacro %}
