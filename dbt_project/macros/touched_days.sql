{#- The days of an incremental fact that a run builds again, for a model that is materialized as `days`:

        {%- set days = touched_days() %}
        ...
        where {{ in_days_of('created_at', days) }}

    Which they are is said by `touched_by` in the model's meta, {upstream model: the upstream's instant whose day is
    the fact's}. An upstream that is materialized as `changes` touches the days of the rows that were delivered in the window,
    and those of the fact's rows whose keys were deleted in it; one that is materialized as `days`, the days that it has
    built itself (what it is given as instant does not matter). The window's own day is always among them: rows of it may
    have been delivered early. The instant of a row may not change once it is delivered: the day that it was in would not
    be known. It is an open column of the upstream, for its days are read while dbt compiles.

    None, which means all days, unless the fact is as its upstreams were before the window, by the same SQL. It is when
    an upstream has been built in whole too, for then nobody knows what has changed. -#}
{% macro touched_days() -%}
    {%- if not execute or model.resource_type == 'unit_test' -%}
        {{ return({'days': none, 'before': none, 'after': none}) }}
    {%- endif -%}
    {%- set upstreams = upstreams_of(model) -%}
    {%- set code = local_md5(model.raw_code ~ model.config.meta.touched_by) -%}
    {%- set after = state_of(upstreams | map(attribute='state') | list + [code]) -%}
    {%- set before = state_of(upstreams | map(attribute='before') | list + [code]) -%}
    {%- set found = labels_of(this) -%}
    {%- set known = [after, before, state_between(before, after)] | reject('none') | list -%}
    {%- if should_full_refresh() or not before or found.get('state') not in known -%}
        {{ return({'days': none, 'before': none, 'after': after}) }}
    {%- endif -%}
    {%- set days = [window_date()] -%}
    {%- for upstream in upstreams -%}
        {%- do days.extend(upstream.days) if upstream.days is not none else days.extend(days_delivered(upstream)) -%}
    {%- endfor -%}
    {%- set days = days | unique | sort | list -%}
    {%- if days | length > max_named_days() -%}
        {{ return({'days': none, 'before': none, 'after': after}) }}
    {%- endif -%}
    {{ return({'days': days, 'before': before, 'after': after}) }}
{%- endmacro %}


{#- More days than labels can name are built with all others; BigQuery refuses statements that write more than 4,000
    partitions. -#}
{% macro max_named_days() -%}
    {{ return(280) }}
{%- endmacro %}


{#- The predicate for instants of the touched days: ranges, for BigQuery finds partitions by a column alone. The comment
    behind it is for the materialization, which dbt renders apart from the model. -#}
{% macro in_days_of(instant, touched) -%}
    {%- if touched.days is none -%}
        true
    {%- else -%}
        (
        {%- for one in touched.days %}
            {{ instant }} >= timestamp('{{ one }}', '{{ timezone() }}')
            and {{ instant }} < timestamp(date_add(date '{{ one }}', interval 1 day), '{{ timezone() }}')
            {{- ' or' if not loop.last }}
        {%- endfor %}
        )
    {%- endif %}
    /* touched: {{ tojson(touched) }} */
{%- endmacro %}


{#- The same for an SQL expression of a date. -#}
{% macro in_days(day, touched) -%}
    {%- if touched.days is none -%}
        true
    {%- elif not touched.days -%}
        {{ day }} < date '0001-01-01'
    {%- else -%}
        {{ day }} in ({% for one in touched.days %}date '{{ one }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- endif %} /* touched: {{ tojson(touched) }} */
{%- endmacro %}


{#- What these have written into a model's SQL. -#}
{% macro touched_in(sql) -%}
    {%- set found = modules.re.search('/\\* touched: (.*?) \\*/', sql) -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' is materialized as days, and does not say which: add `where in_days(<day>, touched_days())`.'
        ) }}
    {%- endif -%}
    {{ return(fromjson(found.group(1))) }}
{%- endmacro %}


{#- The model's upstreams by `touched_by`, with their states and, where they were built by days, the days. -#}
{% macro upstreams_of(model) -%}
    {%- set found = [] -%}
    {%- for name, instant in model.config.meta.touched_by.items() -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
        {%- set relation = api.Relation.create(node.database, node.schema, node.alias) -%}
        {%- set labels = labels_of(relation) -%}
        {%- do found.append({
            'node': node,
            'relation': relation,
            'instant': instant,
            'state': labels.get('state'),
            'before': labels.get('before'),
            'days': built_days(labels) if node.config.materialized == 'days' else none,
        }) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- The days that a staging table's rows of this window belong to, and the fact's rows whose keys were deleted in it. -#}
{% macro days_delivered(upstream) -%}
    {%- set source_name, table_name = upstream.node.sources[0] -%}
    {%- set keys = key_columns(source_name, table_name) | map(attribute='name') | join(', ') -%}
    {%- set gone = deleted_keys(source_name, table_name) -%}
    {%- set day = local_day(upstream.instant) | trim -%}
    {%- set delivered = 'select distinct ' ~ day ~ ' as day from ' ~ upstream.relation
        ~ " where _delivered_on = date '" ~ window_date() ~ "' and " ~ day ~ " <= date '" ~ window_date() ~ "'" -%}
    {#- A row without a day says that there were deletions: only then are the fact's keys read. -#}
    {%- set deletions = ' union all select cast(null as date) from (' ~ gone ~ ' limit 1)' if gone else '' -%}
    {%- set found = run_query(delivered ~ deletions).columns[0].values() | list -%}
    {%- if none in found -%}
        {%- set field = config.get('partition_by').field -%}
        {%- do found.extend(run_query(
            'select distinct ' ~ field ~ ' from ' ~ this ~ ' where ' ~ field ~ " >= date '0001-01-01'"
            ~ ' and (' ~ keys ~ ') in (select (' ~ keys ~ ') from (' ~ gone ~ '))'
        ).columns[0].values()) -%}
    {%- endif -%}
    {{ return(found | reject('none') | map('string') | list) }}
{%- endmacro %}


{#- The days of a table's labels, those that it was built again for; none where it was built in whole. -#}
{% macro built_days(labels) -%}
    {%- if 'before' not in labels -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set days = [] -%}
    {%- for name, value in labels.items() if name.startswith('days_') -%}
        {%- do days.extend(value.split('_')) -%}
    {%- endfor -%}
    {{ return(days | sort | list) }}
{%- endmacro %}


{#- Days as labels: each holds five, for a label's value has at most 63 characters. -#}
{% macro days_as_labels(days) -%}
    {%- set labels = {} -%}
    {%- for some in days | batch(5) -%}
        {%- do labels.update({'days_' ~ loop.index: some | join('_')}) -%}
    {%- endfor -%}
    {{ return(labels) }}
{%- endmacro %}
