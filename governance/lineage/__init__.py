"""The lineage guard: no column is made of protected data without a policy tag at least as strict.

`guard.check` takes dbt's manifest, after `dbt compile`, and the contracts, and returns every leak, each with the path
of its column up to raw. A model is checked against the declared tags of what it reads; as every model is checked,
that holds for all of them together.

What flows. The value of a column depends on everything that its expression mentions: operands and arguments, the
branches of CASE and IF and their conditions too, what a window is partitioned and ordered by, the order inside of an
aggregate. A condition that is a named declassifier, such as a comparison with a constant, does not protect its
result: `if(birth_date < date '2000-01-01', 'old', 'young')` is open, `if(email = contact, ...)` is not. It must be of
one column: `salary - n > 0` is `salary > n` in other words, wherever the difference is made. What decides which rows
there are is not followed, as long as protected data is compared with constants or with protected data there: WHERE,
HAVING, QUALIFY, join conditions, ORDER BY with LIMIT, GROUP BY keys that are not selected, DISTINCT. Five things are
stricter than that, because they would hand over a value row by row:

- A comparison of protected data with open columns, in any words and anywhere in such a condition, makes every column
  that it mentions as protected, and all columns of the open ones' tables where these are not the protected ones' own:
  `on days.day between users.birth_date and users.birth_date` makes `days.weekday` a birthday's. How many rows match is
  as protected too: `count(*)` over `on n <= salary` is the salary, and over a join of a table with itself the rank.
- EXISTS and IN (subquery) are values made of the conditions inside.
- A subquery in an expression is also made of the filters, joins and order that take something from the row around it:
  `(select max(day) from days where day <= birth_date)` is the birth date, and a count of them says it as well.
- A column that USING, INTERSECT or EXCEPT compare with something is that something.
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

Nothing may go around the compiled SQL. Refused are: templates that query while dbt compiles them, in models, tests,
analyses and macros, for they write values as constants (`templates` names the few macros that may, with reasons);
hooks, also of seeds; ways to build a table that are not known, such as dbt's `copy`; tests that store the rows that
fail; partitions by a protected column; dbt's functions and saved queries. Views, ephemeral models and snapshots are
looked into as tables are. Dashboards' templates know `ref` and nothing else.

Tags: restricted is stricter than pii and financial, which do not compare: readers of one are not readers of the
other, so that what is made of both must be restricted.

What the guard is not: proof against an author who wants to leak. Code review sees what it does not:

- a model that spells a name out by asking for its letters one at a time, or a number by one limit after another;
- a null that the query makes itself of one restricted column, `if(x = 'a', 1, null) is null`: it counts as presence;
- open columns of the very table whose protected column a filter compares with another, where it mentions them in no
  comparison: the row that is left may tell that the two are equal;
- a mix that one model keeps in a protected column, and another model tests: each model is checked by itself;
- a join of protected data with protected data: which of a table's rows belong to an address may be read;
- what people put into the project by hand: a seed's rows, a constant, the text of one of the macros that may query.
"""
