{#- A table with a cursor: a full delivery, then of each window the rows that were written in it. A row is whole, and as it
    was when its window was read, so the newest partition that has it decides. Within a partition a key stands once, for
    it is read in one snapshot. A deleted row stays until the next full delivery. -#}
{% macro aurora_current(relation, days, key_columns) -%}
    (
        select *, date(_partitiontime) as _delivered_on
        from {{ relation }}
        where {{ days }}
        qualify row_number() over (
            partition by {{ key_columns | map(attribute='path') | map('first') | join(', ') }}
            order by _partitiontime desc
        ) = 1
    )
{%- endmacro %}
