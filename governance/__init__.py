"""What the platform guarantees of its data, checked on what the project declares. Knows neither Dagster nor dbt."""
