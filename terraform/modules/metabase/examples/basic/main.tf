provider "google" {
  project = "koe-dev"
}

provider "google-beta" {
  project = "koe-dev"
}

module "metabase" {
  source = "../.."

  project         = "koe-dev"
  project_number  = "123456789012"
  region          = "asia-northeast1"
  image           = "metabase/metabase:v0.56.6"
  service_account = "metabase@koe-dev.iam.gserviceaccount.com"
  iap_members     = ["group:analysts@example.com", "serviceAccount:platform@koe-dev.iam.gserviceaccount.com"]

  secrets = {
    MB_ENCRYPTION_SECRET_KEY = "metabase-encryption-key"
  }
  programmatic_clients = ["123456789012-abc.apps.googleusercontent.com"]

  database_connection_name = "koe-dev:asia-northeast1:metabase"
  database                 = "metabase"
  network                  = "projects/koe-dev/global/networks/kura"
  subnetwork               = "projects/koe-dev/regions/asia-northeast1/subnetworks/kura-asia-northeast1"
}
