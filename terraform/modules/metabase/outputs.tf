output "url" {
  description = "Metabase's address (METABASE_URL)."
  value       = local.url
}

output "service" {
  description = "Name of the service."
  value       = google_cloud_run_v2_service.metabase.name
}
