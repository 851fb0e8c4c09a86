# The platform of one project, whose alerts go to a Slack channel and to the person on duty.

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

module "monitoring" {
  source = "../.."

  project               = "koe-dev"
  notification_channels = ["projects/koe-dev/notificationChannels/1234567890"]
  emails                = ["data@koe.example"]
  log_resource          = { type = "cloud_run_revision", label = "service_name", name = "dagster-daemon" }
  jobs                  = ["dagster-run"]
  services              = ["dagster-webserver", "dagster-daemon", "metabase", "tagging"]
  databases             = ["koe-dev:dagster", "koe-dev:metabase"]
  watched_accounts      = ["platform@koe-dev.iam.gserviceaccount.com", "loader@koe-dev.iam.gserviceaccount.com"]

  uptime_checks = {
    tagging  = { host = "events.koe.example", path = "/healthy" }
    metabase = { host = "metabase-abc.a.run.app", behind_iap = true }
  }
}

output "alerts" {
  description = "What is watched."
  value       = module.monitoring.alerts
}
