# Server-side Google Tag Manager: the service that receives events, and the one that shows them in preview mode.

locals {
  # Google's setup: one vCPU and half a GiB each, with the CPU always on, as tags run after the answer was sent.
  limits = { cpu = "1", memory = "512Mi" }

  # The server answers `ok` on both paths. Cloud Run's front end keeps /healthz for itself, so what looks from outside
  # asks for this one; the probes use the same.
  health = "/healthy"
}

resource "google_cloud_run_v2_service" "preview" {
  project     = var.project
  location    = var.region
  name        = "tagging-preview"
  description = "Shows events in Tag Manager's preview mode."
  ingress     = "INGRESS_TRAFFIC_ALL"

  # Rather than a role for allUsers: this is what Google advises, and it also works where the organisation allows
  # members of its own domains only.
  invoker_iam_disabled = true
  deletion_protection  = false # holds nothing

  template {
    service_account = var.service_account
    timeout         = "60s"

    # Exactly one: what it shows is kept in the memory of one process.
    scaling {
      min_instance_count = 1
      max_instance_count = 1
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }

      env {
        name  = "RUN_AS_PREVIEW_SERVER"
        value = "true"
      }
      env {
        name  = "GOOGLE_CLOUD_PROJECT"
        value = var.project
      }
      env {
        name = "CONTAINER_CONFIG"
        value_source {
          secret_key_ref {
            secret  = var.container_config_secret
            version = var.container_config_version
          }
        }
      }

      resources {
        limits   = local.limits
        cpu_idle = false
      }

      startup_probe {
        period_seconds    = 5
        timeout_seconds   = 5
        failure_threshold = 12
        http_get {
          path = local.health
        }
      }
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = local.health
        }
      }
    }
  }
}

resource "google_cloud_run_v2_service" "tagging" {
  project              = var.project
  location             = var.region
  name                 = "tagging"
  description          = "Receives events from browsers and apps."
  ingress              = "INGRESS_TRAFFIC_ALL"
  invoker_iam_disabled = true
  deletion_protection  = false

  template {
    service_account = var.service_account
    timeout         = "60s"

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }

      env {
        name  = "PREVIEW_SERVER_URL"
        value = google_cloud_run_v2_service.preview.uri
      }
      # Where a tag writes that names no project; Cloud Run does not set it.
      env {
        name  = "GOOGLE_CLOUD_PROJECT"
        value = var.project
      }
      env {
        name = "CONTAINER_CONFIG"
        value_source {
          secret_key_ref {
            secret  = var.container_config_secret
            version = var.container_config_version
          }
        }
      }

      resources {
        limits   = local.limits
        cpu_idle = false
      }

      startup_probe {
        period_seconds    = 5
        timeout_seconds   = 5
        failure_threshold = 12
        http_get {
          path = local.health
        }
      }
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = local.health
        }
      }
    }
  }
}

resource "google_cloud_run_domain_mapping" "tagging" {
  count = var.domain == null ? 0 : 1

  project  = var.project
  location = var.region
  name     = var.domain

  metadata {
    namespace = var.project
  }

  spec {
    route_name       = google_cloud_run_v2_service.tagging.name
    certificate_mode = "AUTOMATIC"
  }
}
