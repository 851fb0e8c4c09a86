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

locals {
  platform = "serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"
}

module "secrets" {
  source = "../.."

  project  = "koe-data-dev"
  location = "asia-northeast1"
  secrets = {
    stripe-api-key    = [local.platform]
    slack-webhook-url = [local.platform, "serviceAccount:orchestrator@koe-data-dev.iam.gserviceaccount.com"]
  }
}
