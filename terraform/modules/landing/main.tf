locals {
  bindings = {
    # Write, replace and delete objects, and nothing of the bucket's own. Replacing needs the right to delete.
    "roles/storage.objectUser"   = [var.loader]
    "roles/storage.objectViewer" = var.readers
    # storage.buckets.get, which BigQuery asks of who loads from the bucket, and a run of who looks whether it is there.
    "roles/storage.legacyBucketReader" = setunion([var.loader], var.readers)
    # A new bucket gives these to the project's owners, editors and viewers. Here nobody has them.
    "roles/storage.legacyBucketOwner"  = []
    "roles/storage.legacyBucketWriter" = []
    "roles/storage.legacyObjectOwner"  = []
    "roles/storage.legacyObjectReader" = []
  }
}

resource "google_storage_bucket" "this" {
  #checkov:skip=CKV_GCP_62:Who reads and writes objects is for Cloud Audit Logs, which say who; usage logs do not
  #checkov:skip=CKV_GCP_78:Soft delete keeps what was deleted or replaced, and unlike versions nobody can end it early
  project  = var.project
  name     = var.bucket
  location = var.location

  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # A retention policy would refuse what runs do: finish a delivery that was cut off, or remove a file that arrived altered.
  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 24 * 60 * 60
  }

  versioning {
    enabled = false
  }

  dynamic "lifecycle_rule" {
    for_each = var.cold_after_days == null ? [] : [var.cold_after_days]

    content {
      action {
        type          = "SetStorageClass"
        storage_class = var.cold_storage_class
      }

      condition {
        age                   = lifecycle_rule.value
        matches_storage_class = ["STANDARD"]
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.delete_after_days == null ? [] : [var.delete_after_days]

    content {
      action {
        type = "Delete"
      }

      condition {
        age = lifecycle_rule.value
      }
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 7
    }
  }

  force_destroy   = false
  deletion_policy = "PREVENT"

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_bucket_iam_binding" "this" {
  for_each = local.bindings

  bucket  = google_storage_bucket.this.name
  role    = each.key
  members = each.value
}
