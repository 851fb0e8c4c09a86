provider "google" {
  project = "koe-dev"
}

provider "google-beta" {
  project = "koe-dev"
}

module "orchestrator" {
  source = "../.."

  project        = "koe-dev"
  project_number = "123456789012"
  region         = "asia-northeast1"
  image          = "asia-northeast1-docker.pkg.dev/koe-dev/kura/kura@sha256:0000000000000000000000000000000000000000000000000000000000000000"

  service_account     = "orchestrator@koe-dev.iam.gserviceaccount.com"
  run_service_account = "platform@koe-dev.iam.gserviceaccount.com"
  iap_members         = ["group:engineers@example.com"]

  database_connection_name = "koe-dev:asia-northeast1:dagster"
  database                 = "dagster"
  network                  = "projects/koe-dev/global/networks/kura"
  subnetwork               = "projects/koe-dev/regions/asia-northeast1/subnetworks/kura-asia-northeast1"

  environment = {
    KURA_ENVIRONMENT     = "dev"
    GOOGLE_CLOUD_PROJECT = "koe-dev"
    KURA_LOCATION        = "US"
  }
  run_secrets = {
    STRIPE_API_KEY    = "stripe-api-key"
    SLACK_WEBHOOK_URL = "slack-webhook-url"
  }
  code_location_secrets = {
    STRIPE_API_KEY    = "stripe-api-key"
    SLACK_WEBHOOK_URL = "slack-webhook-url"
  }
}
