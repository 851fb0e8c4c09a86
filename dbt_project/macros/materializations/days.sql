{#- A fact that is built by days: the days that the window touches are replaced, by one MERGE, and all others stay.
    `touched_days` says which they are, and when all days are built instead, the first time, with --full-refresh or after
    something else than the window before. -#}
{% materialization days, adapter='bigquery' -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set touched = touched_in(compiled_code) -%}

    {{ run_hooks(pre_hooks) }}

    {%- if touched.days is none -%}
        {%- do build_whole(relation, compiled_code, {'state': touched.after} if touched.after else {}) -%}
    {%- else -%}
        {%- set labels = {'state': touched.after, 'before': touched.before} -%}
        {%- do labels.update(days_as_labels(touched.days)) -%}
        {%- do bring_forward(relation, merge_of_days(relation, compiled_code, touched), touched.before, labels) -%}
    {%- endif -%}

    {{ run_hooks(post_hooks) }}
    {%- do persist_docs(relation, model) -%}
    {{ return({'relations': [relation]}) }}
{%- endmaterialization %}


{#- The MERGE that puts a fact's rows of the touched days in the place of those that are there. -#}
{% macro merge_of_days(relation, rows, touched) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | join(', ') -%}
    merge into {{ relation }} as target
    using ({{ rows }}) as rebuilt
    on false
    when not matched by source and {{ in_days('target.' ~ config.get('partition_by').field, touched) }} then delete
    when not matched then insert ({{ columns }}) values ({{ columns }})
{%- endmacro %}
