"""BigQuery on a laptop: local_bigquery behind a gateway that fills what it lacks."""
