# A project in Tokyo that may scan 10 TiB a day and cost 300,000 yen a month, and tells a Slack channel.

terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 8.7"
    }
  }
}

provider "google" {
  project = "koe-dev"
}

provider "google-beta" {
  project = "koe-dev"
}

module "guardrails" {
  source = "../.."

  project                    = "koe-dev"
  project_number             = "123456789012"
  query_tib_per_day          = 10
  query_tib_per_user_per_day = 4
  billing_account            = "012345-6789AB-CDEF01"
  budget                     = 300000
  budget_emails              = ["data-alerts-aaaa@koe.slack.com"]
  allowed_locations          = ["in:asia-northeast1-locations"]
}

output "quotas" {
  description = "MiB that queries may bill a day."
  value       = module.guardrails.quotas
}
