terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }
}

variable "secret_access_key" {
  description = "TF_VAR_secret_access_key, from Secret Manager."
  type        = string
  sensitive   = true
  ephemeral   = true
}

provider "google" {
  project = "koe-dev"
}

module "transfer" {
  source = "../.."

  project         = "koe-dev"
  location        = "asia-northeast1"
  export_bucket   = "koe-dev-kura-exports"
  aurora          = { cluster = "koe-dev", database = "koe" }
  service_account = "loader@koe-dev.iam.gserviceaccount.com"

  access_key_id     = "AKIAIOSFODNN7EXAMPLE"
  secret_access_key = var.secret_access_key

  transfers = {
    "raw_dynamodb.generations" = "generations"
    "raw_aurora.users"         = "public.users"
  }
}

output "names" {
  description = "The configurations."
  value       = module.transfer.names
}
