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

module "warehouse" {
  source = "../.."

  project          = "koe-data-dev"
  location         = "asia-northeast1"
  raw_datasets     = ["raw_aurora", "raw_dynamodb", "raw_sheets", "raw_stripe"]
  loader           = "serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com"
  platform         = "serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"
  tagging          = "serviceAccount:tagging@koe-data-dev.iam.gserviceaccount.com"
  consumers        = ["group:analysts@example.com", "serviceAccount:metabase@koe-data-dev.iam.gserviceaccount.com"]
  metadata_readers = ["serviceAccount:orchestrator@koe-data-dev.iam.gserviceaccount.com"]
  owners           = ["group:administrators@example.com"]

  raw_retention_days = 90
}

output "access" {
  description = "Who has which role on which dataset."
  value       = module.warehouse.access
}
