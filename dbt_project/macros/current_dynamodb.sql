{#- What a DynamoDB table held at the end of a window, as a subquery with the columns item and _delivered_on: <kind>_current(relation, days,
    columns), where `days` is the predicate for the partitions and `columns` are the contract's of the key. -#}
{% macro dynamodb_current(relation, days, key_columns) -%}
    (
        select coalesce(newimage, item) as item, date(_partitiontime) as _delivered_on
        from {{ relation }}
        where {{ days }}
        qualify {{ dynamodb_newest(key_columns) }} and coalesce(newimage, item) is not null
    )
{%- endmacro %}


{% macro dynamodb_deleted(relation, days, key_columns) -%}
    (
        select
            keys as item,
            timestamp_micros({{ dynamodb_written_at() }}) as deleted_at,
            date(_partitiontime) as _delivered_on
        from {{ relation }}
        where {{ days }}
        qualify {{ dynamodb_newest(key_columns) }} and coalesce(newimage, item) is null
    )
{%- endmacro %}


{#- A full export has the column Item; an incremental one Keys, and NewImage where the item was not deleted. Changes of one
    key within a window are one row; a window of 25 hours has two exports, so the time of writing decides.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html -#}
{% macro dynamodb_newest(key_columns) -%}
    row_number() over (
            partition by
                {%- for column in key_columns %}
                to_json_string(json_query(coalesce(keys, item), '{{ json_path(column.path) }}')){{ ',' if not loop.last }}
                {%- endfor %}
            order by _partitiontime desc, {{ dynamodb_written_at() }} desc
        ) = 1
{%- endmacro %}


{#- Microseconds since 1970. -#}
{% macro dynamodb_written_at() -%}
    safe_cast(json_value(metadata, '$.WriteTimestampMicros.N') as int64)
{%- endmacro %}
