provider "google" {
  project = "koe-dev"
}

module "database" {
  source = "../.."

  project  = "koe-dev"
  region   = "asia-northeast1"
  name     = "dagster"
  database = "dagster"
  network  = "projects/koe-dev/global/networks/kura"
  iam_users = [
    "orchestrator@koe-dev.iam.gserviceaccount.com",
    "platform@koe-dev.iam.gserviceaccount.com",
  ]
}
