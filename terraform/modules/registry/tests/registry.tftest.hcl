mock_provider "google" {
  override_during = plan
}

variables {
  project  = "koe-dev"
  location = "asia-northeast1"
  readers  = ["serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com"]
  writers  = ["serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
}

run "a_tag_can_never_name_another_image" {
  command = plan

  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags
    error_message = "Tags must be immutable."
  }
}

run "those_who_pull_can_not_push" {
  command = plan

  assert {
    condition = (
      google_artifact_registry_repository_iam_binding.readers.role == "roles/artifactregistry.reader" &&
      google_artifact_registry_repository_iam_binding.readers.members == var.readers &&
      google_artifact_registry_repository_iam_binding.writers.role == "roles/artifactregistry.writer" &&
      google_artifact_registry_repository_iam_binding.writers.members == var.writers
    )
    error_message = "Readers pull, writers push, nobody else has either role."
  }
}

run "images_are_addressed_by_host_and_path" {
  command = plan

  assert {
    condition     = output.repository == "asia-northeast1-docker.pkg.dev/koe-dev/kura"
    error_message = "The output is the prefix of image addresses."
  }
}

run "old_images_go_and_the_newest_stay" {
  command = plan

  assert {
    condition = (
      { for policy in google_artifact_registry_repository.images.cleanup_policies : policy.id => policy.action } ==
      { keep-recent = "KEEP", delete-old = "DELETE" }
    )
    error_message = "Two policies: the newest are kept, old ones deleted."
  }
}

run "the_public_is_refused" {
  command = plan

  variables {
    readers = ["allUsers"]
    writers = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.readers, var.writers]
}
