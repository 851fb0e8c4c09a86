resource "google_project_service" "this" {
  for_each = var.services

  project = var.project
  service = each.value

  # A service that is turned off takes with it what was made with it. Leaving Terraform must not do that.
  disable_on_destroy = false
}
