bucket = "koe-data-stg-terraform"
prefix = "platform"
