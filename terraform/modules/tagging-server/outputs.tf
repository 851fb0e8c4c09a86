output "urls" {
  description = "Addresses by service: `tagging` (its own domain, where it has one) and `preview`."
  value = {
    tagging = var.domain == null ? google_cloud_run_v2_service.tagging.uri : "https://${var.domain}"
    preview = google_cloud_run_v2_service.preview.uri
  }
}

output "health_path" {
  description = "Path on which both services answer `ok`, also from outside."
  value       = local.health
}

output "services" {
  description = "Names of both Cloud Run services, by `tagging` and `preview`."
  value = {
    tagging = google_cloud_run_v2_service.tagging.name
    preview = google_cloud_run_v2_service.preview.name
  }
}

output "dns_records" {
  description = "Records that the domain needs, each with name, type and rrdata; none without a domain."
  value = flatten([
    for mapping in google_cloud_run_domain_mapping.tagging : [for status in mapping.status : status.resource_records]
  ])
}

output "table" {
  description = "Table of the events, as `dataset.table`."
  value       = "${google_bigquery_table.events.dataset_id}.${google_bigquery_table.events.table_id}"
}
