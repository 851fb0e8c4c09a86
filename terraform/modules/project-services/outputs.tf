output "services" {
  description = "The APIs that are on. What needs them depends on this output."
  value       = toset([for service in google_project_service.this : service.service])
}
