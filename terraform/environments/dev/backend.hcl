bucket = "koe-data-dev-terraform"
prefix = "platform"
