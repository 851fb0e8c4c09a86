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
  loader   = "serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com"
}

module "governance" {
  source = "../.."

  project              = "koe-data-dev"
  region               = "asia-northeast1"
  fine_grained_readers = { for tag in ["restricted", "pii", "financial"] : tag => [local.platform] }
  masked_readers       = ["group:masked-analysts@example.com"]
  tag_setters          = [local.loader, local.platform]
}

output "policy_tags" {
  description = "What the application is told: KURA_POLICY_TAG_RESTRICTED and its like."
  value       = module.governance.policy_tags
}
