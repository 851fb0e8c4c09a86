output "repository" {
  description = "Prefix of the images' addresses: an image is `<repository>/<name>@sha256:<digest>`."
  value       = "${var.location}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}
