resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:images hold no data and no secret; Google's own encryption is enough
  project       = var.project
  location      = var.location
  repository_id = var.name
  format        = "DOCKER"
  description   = "Images of the platform, by digest."

  # A tag names one digest for good: what was tested can't be exchanged under its name.
  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = var.keep_count
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "${var.keep_days * 24 * 60 * 60}s"
    }
  }
}

resource "google_artifact_registry_repository_iam_binding" "readers" {
  project    = var.project
  location   = var.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.reader"
  members    = var.readers
}

resource "google_artifact_registry_repository_iam_binding" "writers" {
  project    = var.project
  location   = var.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  members    = var.writers
}
