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
  # The project that calls are counted against, which needs serviceusage.googleapis.com by hand before the first apply.
  billing_project       = "koe-data-dev"
  user_project_override = true
}

module "project_services" {
  source = "../.."

  project = "koe-data-dev"
}
