environment     = "dev"
project         = "koe-data-dev"
project_number  = "100000000001"
billing_account = "012345-6789AB-CDEF01"
location        = "asia-northeast1"
region          = "asia-northeast1"
aws_account_id  = "111111111111"
aws_region      = "ap-northeast-1"

github_repository    = "koe/kura"
github_repository_id = "123456789"
github_owner_id      = "4242"
state_bucket         = "koe-data-dev-terraform"

groups = {
  analysts        = "kura-analysts@koe.example"
  masked_analysts = "kura-masked-analysts@koe.example"
  engineers       = "kura-engineers@koe.example"
  administrators  = "kura-administrators@koe.example"
}

dynamodb_table_prefix = "koe-dev-"
dynamodb_tables       = ["koe-dev-*"]
aurora                = { cluster = "koe-dev", database = "koe" }
spreadsheets          = { planning = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg" }

image_readers = ["serviceAccount:deployer@koe-data-stg.iam.gserviceaccount.com", "serviceAccount:deployer@koe-data-prd.iam.gserviceaccount.com"]
metabase      = { image = "docker.io/metabase/metabase:v0.57.2" }
database      = { tier = "db-f1-micro" }
run           = { cpu = "2", memory = "4Gi" }
tagging       = { min_instances = 0, max_instances = 2 }

retention_days = { raw = 60, events = 60, landing = 60, exports = 7 }
limits         = { budget = 300, query_tib_per_day = 1, query_tib_per_user_per_day = 0.5, query_bytes = 109951162777 }
alerts         = { emails = ["kura-alerts-dev@koe.example"] }
