# A tagging server in Tokyo on the site's own domain, whose events are kept for 13 months.

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
  project = "koe-dev"
}

module "tagging_server" {
  source = "../.."

  project                 = "koe-dev"
  region                  = "asia-northeast1"
  service_account         = "tagging@koe-dev.iam.gserviceaccount.com"
  container_config_secret = "tagging-container-config"
  domain                  = "events.koe.example"
  restricted_policy_tag   = "projects/koe-dev/locations/asia-northeast1/taxonomies/1/policyTags/11"
  retention_days          = 400
}

output "dns_records" {
  description = "Records to enter where the domain's names are kept."
  value       = module.tagging_server.dns_records
}
