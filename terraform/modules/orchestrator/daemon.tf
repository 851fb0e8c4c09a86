# Schedules, sensors, the queue of runs, and the look after them: one instance, always, without a port.
resource "google_cloud_run_v2_worker_pool" "daemon" {
  project             = var.project
  location            = var.region
  name                = local.daemon
  description         = "Dagster's daemon."
  deletion_protection = false # Holds nothing.

  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = 1
  }

  template {
    service_account = var.service_account

    vpc_access {
      egress = "PRIVATE_RANGES_ONLY"

      network_interfaces {
        network    = var.network
        subnetwork = var.subnetwork
      }
    }

    containers {
      name       = "daemon"
      image      = var.image
      command    = ["dagster-daemon", "run"]
      args       = ["--workspace", local.workspace]
      depends_on = ["cloud-sql-proxy", "code-location"]

      dynamic "env" {
        for_each = local.orchestrator_instance

        content {
          name  = env.key
          value = env.value
        }
      }

      resources {
        limits = var.daemon_resources
      }
    }

    containers {
      name       = "code-location"
      image      = var.image
      command    = ["dagster", "api", "grpc"]
      args       = ["--module-name", "orchestration.definitions", "--host", "0.0.0.0", "--port", "4000"]
      depends_on = ["cloud-sql-proxy"]

      dynamic "env" {
        for_each = local.code_location_environment

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.code_location_secrets

        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }

      resources {
        limits = var.code_location_resources
      }

      # It parses the dbt project and loads all definitions before it serves.
      startup_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 24

        grpc {
          port    = 4000
          service = "DagsterApi"
        }
      }
    }

    containers {
      name  = "cloud-sql-proxy"
      image = var.proxy_image
      args  = local.proxy_arguments

      resources {
        limits = var.proxy_resources
      }

      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 60

        http_get {
          path = "/startup"
          port = 9090
        }
      }
    }
  }
}
