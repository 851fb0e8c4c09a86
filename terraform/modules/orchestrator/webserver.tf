# The UI, behind IAP. One instance: it keeps no state, and engineers are few.
resource "google_cloud_run_v2_service" "webserver" {
  project             = var.project
  location            = var.region
  name                = local.webserver
  description         = "Dagster's UI, for engineers, behind IAP."
  ingress             = "INGRESS_TRAFFIC_ALL"
  iap_enabled         = true
  deletion_protection = false # Holds nothing.

  template {
    service_account       = var.service_account
    execution_environment = "EXECUTION_ENVIRONMENT_GEN2"
    # Pages listen to a run's events for as long as they are open.
    timeout = "3600s"

    scaling {
      min_instance_count = var.webserver_min_instances
      max_instance_count = 1
    }

    vpc_access {
      egress = "PRIVATE_RANGES_ONLY"

      network_interfaces {
        network    = var.network
        subnetwork = var.subnetwork
      }
    }

    containers {
      name       = "webserver"
      image      = var.image
      command    = ["dagster-webserver"]
      args       = ["--host", "0.0.0.0", "--port", "8080", "--workspace", local.workspace]
      depends_on = ["cloud-sql-proxy", "code-location"]

      ports {
        container_port = 8080
      }

      dynamic "env" {
        for_each = local.orchestrator_instance

        content {
          name  = env.key
          value = env.value
        }
      }

      resources {
        limits            = var.webserver_resources
        cpu_idle          = true
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 5
        timeout_seconds   = 5
        failure_threshold = 24

        http_get {
          path = "/server_info"
          port = 8080
        }
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
        limits            = var.code_location_resources
        cpu_idle          = true
        startup_cpu_boost = true
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
        limits            = var.proxy_resources
        cpu_idle          = true
        startup_cpu_boost = true
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
