"""BigQuery Data Transfer Service: configurations of the data source amazon_s3, whose runs really move files."""
