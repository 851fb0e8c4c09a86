environment     = "prd"
project         = "koe-data-prd"
project_number  = "100000000003"
billing_account = "012345-6789AB-CDEF01"
location        = "asia-northeast1"
region          = "asia-northeast1"
aws_account_id  = "333333333333"
aws_region      = "ap-northeast-1"

github_repository    = "koe/kura"
github_repository_id = "123456789"
github_owner_id      = "4242"
state_bucket         = "koe-data-prd-terraform"

groups = {
  analysts        = "kura-analysts@koe.example"
  masked_analysts = "kura-masked-analysts@koe.example"
  engineers       = "kura-engineers@koe.example"
  administrators  = "kura-administrators@koe.example"
}

dynamodb_table_prefix = "koe-prd-"
dynamodb_tables       = ["koe-prd-*"]
aurora                = { cluster = "koe-prd", database = "koe" }
spreadsheets          = { planning = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg" }

image_readers = []
metabase      = { image = "docker.io/metabase/metabase:v0.57.2" }
database      = { tier = "db-custom-1-3840", availability = "REGIONAL" }
run           = { cpu = "4", memory = "16Gi" }
tagging       = { domain = "events.koe.example", min_instances = 2, max_instances = 10 }

retention_days = { landing_cold = 30, exports = 35 }
limits         = { budget = 5000, query_tib_per_day = 20, query_tib_per_user_per_day = 10 }
alerts         = { emails = ["kura-alerts@koe.example"] }
