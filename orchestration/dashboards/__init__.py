"""Dashboards as code: `dbt_project/dashboards/*.yml`, drawn to a page and applied to Metabase."""
