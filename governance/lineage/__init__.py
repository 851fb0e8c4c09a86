"""The lineage guard: no column is made of protected data without a policy tag at least as strict.

`guard.check` takes dbt's manifest, after `dbt compile`, and the contracts, and returns every leak, each with the path
of its column up to raw. A model is checked against the declared tags of what it reads; as every model is checked,
that holds for all of them together.

What flows. The value of a column depends on everything that its expression mentions: operands and arguments, the
branches of CASE and IF and their conditions too, what a window is partitioned and ordered by, the order inside of an
aggregate. A condition that is a named declassifier, such as a comparison with a constant, does not protect its
result: `if(birth_date < date '2000-01-01', 'old', 'young')` is open, `if(email = contact, ...)` is not. What decides
which rows there are is not followed: WHERE, HAVING, QUALIFY, join conditions, GROUP BY keys that are not selected,
DISTINCT, LIMIT. Four things are stricter than that, because they would hand over a value row by row:

- EXISTS and IN (subquery) are values made of the conditions inside.
- A subquery in an expression is also made of what its filters, joins and order take from the row around it:
  `(select max(day) from days where day <= birth_date)` is the birth date, and a count of them says it as well.
- A column that joins, WHERE or USING keep equal to something is that something: `on n.value = users.salary`.
- An aggregate or a window function over rows that an array unfolds into depends on that array, and so does OFFSET:
  `count(*)` over `unnest(generate_array(1, salary))` is the salary.

Aggregates keep the tag: min, max, any_value, array_agg and string_agg hand out single values, and a sum or an average
may be over one row; where there are many, the model declares it. Only a declassifier takes a tag off
(`declassifiers`), or a declaration in the model's YAML, with a reason and who approved it:

    - name: mrr
      data_type: NUMERIC
      config: {meta: {declassified: {reason: A total over all subscribers., approver: data protection}}}

A declaration that is needed no more is an error as well. Where the guard cannot tell (an unknown table, column or
function, a script, syntax that it does not know), it says so, and that counts as a leak. A user-defined function in
the model's `sql_header` is looked into; one that is stored in BigQuery is unknown.

Raw documents (DynamoDB's Item, Stripe's object, a sheet's cells) are restricted as a whole. A constant JSON path to
where a declared column lies, or below it, has that column's tag; every other path, a computed one and the whole are
restricted.

Tags: restricted is stricter than pii and financial, which do not compare: readers of one are not readers of the
other, so that what is made of both must be restricted.

What the guard is not: proof against an author who wants to leak. Code review sees a model that spells a name out by
asking for its letters one at a time.
"""
