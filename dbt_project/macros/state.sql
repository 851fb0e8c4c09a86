{#- What a table was made of, so that the next run can go on from there.

    A table's `state`, a label of it, stands for the deliveries that it holds and for the SQL that made them rows: equal
    states, equal rows. A table that was brought forward, instead of built in whole, has `before` as well: the state that it
    was brought from. A table that is being brought forward has neither of the two states, but one of its own: whoever is
    killed there goes on, or builds in whole. -#}

{#- The labels of a relation; empty where there is no such table. -#}
{% macro labels_of(relation) -%}
    {%- set table = adapter.get_bq_table(relation) if execute else none -%}
    {{ return(table.labels if table else {}) }}
{%- endmacro %}


{#- A state made from the parts, which are texts; none where a part is none. -#}
{% macro state_of(parts) -%}
    {{ return(none if none in parts else local_md5(parts | join('/'))) }}
{%- endmacro %}


{#- The state of a table between two states. -#}
{% macro state_between(before, after) -%}
    {{ return(state_of([before, after])) }}
{%- endmacro %}


{#- The statement that replaces the labels of the model's table by its configured ones and these. -#}
{% macro set_labels(relation, configured, labels) -%}
    {%- set all = {} -%}
    {%- do all.update(configured or {}) -%}
    {%- do all.update(labels) -%}
    alter table if exists {{ relation }} set options (labels = {{ all.items() | list }})
{%- endmacro %}


{#- Build the model's table in whole. It has no state until it is there. -#}
{% macro build_whole(relation, sql, labels) -%}
    {%- set existing = load_relation(relation) -%}
    {%- set partitioning = adapter.parse_partition_by(config.get('partition_by')) -%}
    {%- if existing is not none and (
        not existing.is_table or not adapter.is_replaceable(existing, partitioning, config.get('cluster_by'))
    ) -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, relation, sql) }}
    {%- endcall -%}
    {%- do run_query(set_labels(relation, config.get('labels'), labels)) -%}
{%- endmacro %}


{#- Run one statement that brings the model's table forward, atomically, and note its states around it. Each is a statement
    of its own: of a script, BigQuery does not say beforehand what it scans. -#}
{% macro bring_forward(relation, merge, before, labels) -%}
    {%- set between = {'state': state_between(before, labels.state)} -%}
    {%- do run_query(set_labels(relation, config.get('labels'), between)) -%}
    {%- call statement('main') -%}
        {{ merge }}
    {%- endcall -%}
    {%- do run_query(set_labels(relation, config.get('labels'), labels)) -%}
{%- endmacro %}


{#- After a run: what has failed a test is not gone on from, but built and tested in whole by the next run. -#}
{% macro forget_failed(results) -%}
    {%- if execute -%}
        {%- for result in results if result.status in ('fail', 'error') and result.node.resource_type == 'test' -%}
            {%- for name in result.node.depends_on.nodes -%}
                {%- set tested = graph.nodes.get(name) -%}
                {%- if tested and tested.config.materialized in ('changes', 'days') -%}
                    {%- set relation = api.Relation.create(tested.database, tested.schema, tested.alias) -%}
                    {%- do run_query(set_labels(relation, tested.config.labels, {})) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
