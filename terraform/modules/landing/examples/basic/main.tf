terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }
}

provider "google" {
  project = "koe-data-dev"
}

module "landing" {
  source = "../.."

  project  = "koe-data-dev"
  location = "asia-northeast1"
  bucket   = "koe-data-dev-landing"
  loader   = "serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com"
  readers  = ["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"]

  delete_after_days = 400
}
