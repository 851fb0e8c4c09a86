"""Write, audit, publish: how a table gets from the private dataset `build` to `marts`.

    dbt builds and tests ─▶ audit: tags in order, a row in ops.builds ─▶ gate: may it go out? ─▶ copier: one atomic copy

Before dbt, `states` sees to it that no table goes on from a version that has not passed. `project` knows from dbt's
manifest what a model is made of; `evidence` is the table `ops.builds`.
"""
