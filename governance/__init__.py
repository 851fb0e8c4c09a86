"""Rules about the data, checked before they could be broken: what a query may scan, where protected columns go.

Knows nothing of Dagster, of dbt's runtime or of where the platform runs; what it needs of them it is given.
"""
