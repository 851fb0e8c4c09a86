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

module "identity" {
  source = "../.."

  project              = "koe-dev"
  query_groups         = ["group:analysts@example.com", "group:engineers@example.com"]
  operator_groups      = ["group:engineers@example.com"]
  state_bucket         = "koe-dev-terraform-state"
  github_repository    = "koe/kura"
  github_repository_id = "123456789"
  github_environment   = "dev"
  aws_account_id       = "123456789012"
  aws_roles            = ["kura-extraction"]
}

output "github_provider" {
  description = "For the workflows."
  value       = module.identity.github_provider
}
