"""DynamoDB with its items on disk, with their history, imports from S3 and exports to S3."""
