environment     = "stg"
project         = "koe-data-stg"
project_number  = "100000000002"
billing_account = "012345-6789AB-CDEF01"
location        = "asia-northeast1"
region          = "asia-northeast1"
aws_account_id  = "222222222222"
aws_region      = "ap-northeast-1"

github_repository    = "koe/kura"
github_repository_id = "123456789"
github_owner_id      = "4242"
state_bucket         = "koe-data-stg-terraform"

groups = {
  analysts        = "kura-analysts@koe.example"
  masked_analysts = "kura-masked-analysts@koe.example"
  engineers       = "kura-engineers@koe.example"
  administrators  = "kura-administrators@koe.example"
}

dynamodb_table_prefix = "koe-stg-"
dynamodb_tables       = ["koe-stg-*"]
aurora                = { cluster = "koe-stg", database = "koe" }
spreadsheets          = { planning = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg" }

image_readers = []
metabase      = { image = "docker.io/metabase/metabase:v0.57.2" }
database      = { tier = "db-g1-small" }
run           = { cpu = "4", memory = "16Gi" }
tagging       = { min_instances = 0, max_instances = 2 }

retention_days = { raw = 90, events = 90, landing = 90, exports = 14 }
limits         = { budget = 1000, query_tib_per_day = 5, query_tib_per_user_per_day = 3 }
alerts         = { emails = ["kura-alerts-stg@koe.example"] }
