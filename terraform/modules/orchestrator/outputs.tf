output "url" {
  description = "Address of the UI."
  value       = "https://${local.webserver}-${var.project_number}.${var.region}.run.app"
}

output "job" {
  description = "Name of the job whose executions are runs."
  value       = google_cloud_run_v2_job.runs.name
}

output "webserver" {
  description = "Name of the webserver's service."
  value       = google_cloud_run_v2_service.webserver.name
}

output "daemon" {
  description = "Name of the daemon's worker pool."
  value       = google_cloud_run_v2_worker_pool.daemon.name
}
