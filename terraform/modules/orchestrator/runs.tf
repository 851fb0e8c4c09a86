# A run is an execution of this job with the run's arguments (orchestration/cloud_run/launcher.py).
resource "google_cloud_run_v2_job" "runs" {
  project             = var.project
  location            = var.region
  name                = local.runs
  deletion_protection = false # Holds nothing.

  template {
    task_count  = 1
    parallelism = 1

    template {
      service_account       = var.run_service_account
      execution_environment = "EXECUTION_ENVIRONMENT_GEN2"
      timeout               = "${var.task_timeout_seconds}s"
      # A second attempt would find its run already started. Steps are tried again inside of a run.
      max_retries = 0

      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"

        network_interfaces {
          network    = var.network
          subnetwork = var.subnetwork
        }
      }

      containers {
        name  = "run"
        image = var.image
        # Ends the proxy when the run has ended: whether Cloud Run does is nowhere said.
        command    = ["python", "-m", "orchestration.cloud_run.task"]
        args       = ["dagster", "--version"] # Each execution has arguments of its own.
        depends_on = ["cloud-sql-proxy"]

        dynamic "env" {
          for_each = local.run_environment

          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = var.run_secrets

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
          limits = var.run_resources
        }
      }

      containers {
        name  = "cloud-sql-proxy"
        image = var.proxy_image
        args  = concat(["--quitquitquit"], local.proxy_arguments)

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
}
