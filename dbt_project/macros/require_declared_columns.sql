{#- Fails when an incremental model's table lacks a column that the project declares for it, or has one more: dbt would
    go on filling the old columns and leave out the new one without a word. -#}
{% macro require_declared_columns() -%}
    {%- if execute and is_incremental() -%}
        {%- set built = adapter.get_columns_in_relation(this) | map(attribute='name') | sort -%}
        {%- set declared = model.columns.keys() | sort -%}
        {%- if built != declared -%}
            {{ exceptions.raise_compiler_error(
                this ~ ' has the columns ' ~ built | join(', ') ~ '; declared are ' ~ declared | join(', ')
                ~ '. Build it anew: dbt build --full-refresh --select ' ~ model.name
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
