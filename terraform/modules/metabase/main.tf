locals {
  name = "metabase"
  # The address that Cloud Run gives a service is known before the service is.
  url = "https://${local.name}-${var.project_number}.${var.region}.run.app"

  environment = merge(var.environment, {
    MB_DB_TYPE               = "postgres"
    MB_DB_HOST               = "127.0.0.1"
    MB_DB_PORT               = "5432"
    MB_DB_DBNAME             = var.database
    MB_DB_USER               = trimsuffix(var.service_account, ".gserviceaccount.com")
    MB_JETTY_HOST            = "0.0.0.0"
    MB_JETTY_PORT            = "3000"
    MB_SITE_URL              = local.url
    MB_ANON_TRACKING_ENABLED = "false"
    MB_CHECK_FOR_UPDATES     = "false"
    # The heap follows the memory limit; the rest is for what Java keeps outside of it.
    JAVA_TOOL_OPTIONS = "-XX:MaxRAMPercentage=75"
  })
}

# One instance, with CPU at all times: Metabase has a scheduler of its own, and a minute's start.
resource "google_cloud_run_v2_service" "metabase" {
  project             = var.project
  location            = var.region
  name                = local.name
  description         = "Metabase, for analysts, behind IAP."
  ingress             = "INGRESS_TRAFFIC_ALL"
  iap_enabled         = true
  deletion_protection = false # Holds nothing: all is in its database.

  template {
    service_account       = var.service_account
    execution_environment = "EXECUTION_ENVIRONMENT_GEN2"
    timeout               = "600s"

    scaling {
      min_instance_count = 1
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
      name       = "metabase"
      image      = var.image
      depends_on = ["cloud-sql-proxy"]

      ports {
        container_port = 3000
      }

      dynamic "env" {
        for_each = local.environment

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secrets

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
        limits            = var.resources
        cpu_idle          = false
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 24

        http_get {
          path = "/api/health"
          port = 3000
        }
      }
    }

    containers {
      name  = "cloud-sql-proxy"
      image = var.proxy_image
      args = [
        "--auto-iam-authn",
        "--private-ip",
        "--port=5432",
        "--structured-logs",
        "--exit-zero-on-sigterm",
        "--health-check",
        "--http-address=0.0.0.0",
        "--http-port=9090",
        var.database_connection_name,
      ]

      resources {
        limits   = var.proxy_resources
        cpu_idle = false
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

# IAP calls Metabase as its own service agent.
resource "google_project_service_identity" "iap" {
  provider = google-beta

  project = var.project
  service = "iap.googleapis.com"
}

resource "google_cloud_run_v2_service_iam_binding" "invoker" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.metabase.name
  role     = "roles/run.invoker"
  members  = [google_project_service_identity.iap.member]
}

resource "google_iap_web_cloud_run_service_iam_binding" "users" {
  project                = var.project
  location               = var.region
  cloud_run_service_name = google_cloud_run_v2_service.metabase.name
  role                   = "roles/iap.httpsResourceAccessor"
  members                = var.iap_members
}

# Programs get through with tokens for these clients only; Google's own client lets none through.
resource "google_iap_settings" "programs" {
  count = length(var.programmatic_clients) > 0 ? 1 : 0

  name = "projects/${var.project_number}/iap_web/cloud_run-${var.region}/services/${google_cloud_run_v2_service.metabase.name}"

  access_settings {
    oauth_settings {
      programmatic_clients = sort(var.programmatic_clients)
    }
  }
}
