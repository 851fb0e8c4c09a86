mock_provider "google" {
  override_during = plan
}

variables {
  project  = "koe-data-dev"
  location = "asia-northeast1"
  bucket   = "koe-data-dev-landing"
  loader   = "serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com"
  readers  = ["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"]
}

run "no_object_can_be_made_public" {
  command = plan

  assert {
    condition     = google_storage_bucket.this.public_access_prevention == "enforced" && google_storage_bucket.this.uniform_bucket_level_access
    error_message = "An object could be opened on its own."
  }
}

run "the_loader_writes_readers_read_and_a_projects_own_roles_are_taken_away" {
  command = plan

  assert {
    condition = {
      for role, binding in google_storage_bucket_iam_binding.this :
      role => join(", ", sort([for member in binding.members : split("@", trimprefix(member, "serviceAccount:"))[0]]))
      } == {
      "roles/storage.objectUser"         = "loader"
      "roles/storage.objectViewer"       = "platform"
      "roles/storage.legacyBucketReader" = "loader, platform"
      "roles/storage.legacyBucketOwner"  = ""
      "roles/storage.legacyBucketWriter" = ""
      "roles/storage.legacyObjectOwner"  = ""
      "roles/storage.legacyObjectReader" = ""
    }
    error_message = "The bucket's roles are not those that the README promises."
  }

  assert {
    condition     = alltrue([for role, binding in google_storage_bucket_iam_binding.this : binding.role == role && binding.bucket == "koe-data-dev-landing"])
    error_message = "A binding is of another role or bucket than it says."
  }
}

run "what_runs_do_is_allowed_and_what_is_lost_can_be_restored" {
  command = plan

  assert {
    condition     = length(google_storage_bucket.this.retention_policy) == 0
    error_message = "A retention policy refuses to replace what a run that was cut off left behind."
  }

  assert {
    condition     = one(google_storage_bucket.this.soft_delete_policy).retention_duration_seconds == 2592000
    error_message = "What was deleted by mistake can't be restored for 30 days."
  }

  assert {
    condition     = google_storage_bucket.this.force_destroy == false && google_storage_bucket.this.deletion_policy == "PREVENT"
    error_message = "A destroy would take what has landed with it."
  }
}

run "objects_grow_cold_and_are_kept_by_default" {
  command = plan

  assert {
    condition = [for rule in google_storage_bucket.this.lifecycle_rule : "${one(rule.action).type} ${one(rule.condition).age}"] == [
      "SetStorageClass 30", "AbortIncompleteMultipartUpload 7",
    ]
    error_message = "By default objects move once, and only unfinished uploads are removed."
  }

  assert {
    condition     = one(google_storage_bucket.this.lifecycle_rule[0].action).storage_class == "NEARLINE"
    error_message = "Objects move to another class than NEARLINE."
  }
}

run "objects_are_deleted_when_that_is_asked_for" {
  command = plan

  variables {
    cold_after_days   = null
    delete_after_days = 14
  }

  assert {
    condition = [for rule in google_storage_bucket.this.lifecycle_rule : "${one(rule.action).type} ${one(rule.condition).age}"] == [
      "Delete 14", "AbortIncompleteMultipartUpload 7",
    ]
    error_message = "Objects are not deleted after the days that were asked for."
  }
}

run "paying_for_a_cold_object_that_is_gone_is_refused" {
  command = plan

  variables {
    cold_after_days   = 30
    delete_after_days = 59
  }

  expect_failures = [var.delete_after_days]
}

run "a_cold_object_that_was_paid_for_may_go" {
  command = plan

  variables {
    cold_after_days   = 30
    delete_after_days = 60
  }

  assert {
    condition     = length(google_storage_bucket.this.lifecycle_rule) == 3
    error_message = "Objects do not both grow cold and go."
  }
}

run "everybody_is_no_reader" {
  command = plan

  variables {
    readers = ["allUsers"]
  }

  expect_failures = [var.readers]
}

run "soft_delete_of_a_few_days_is_refused" {
  command = plan

  variables {
    soft_delete_days = 3
  }

  expect_failures = [var.soft_delete_days]
}

run "a_name_that_cloud_storage_would_refuse_is_refused" {
  command = plan

  variables {
    bucket = "Koe.Landing"
  }

  expect_failures = [var.bucket]
}

run "an_unknown_storage_class_is_refused" {
  command = plan

  variables {
    cold_storage_class = "GLACIER"
  }

  expect_failures = [var.cold_storage_class]
}

run "growing_cold_before_the_first_day_is_over_is_refused" {
  command = plan

  variables {
    cold_after_days = 0
  }

  expect_failures = [var.cold_after_days]
}
