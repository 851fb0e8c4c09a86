bucket = "koe-data-prd-terraform"
prefix = "platform"
