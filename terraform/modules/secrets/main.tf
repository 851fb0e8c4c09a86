# Shells: a version's value would lie in Terraform's state, so values are added by hand, with gcloud.
resource "google_secret_manager_secret" "this" {
  for_each = var.secrets

  project   = var.project
  secret_id = each.key

  replication {
    user_managed {
      replicas {
        location = lower(var.location)
      }
    }
  }

  deletion_protection = true

  # With a secret go all of its versions, which nothing brings back.
  lifecycle {
    prevent_destroy = true
  }
}

# Also where nobody is named, so that nobody else can have the role.
resource "google_secret_manager_secret_iam_binding" "accessors" {
  for_each = var.secrets

  project   = var.project
  secret_id = google_secret_manager_secret.this[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  members   = each.value
}
