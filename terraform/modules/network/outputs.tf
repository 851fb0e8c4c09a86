output "network_id" {
  description = "Id of the network. Known once private service access is there, so that a database that uses it waits."
  value       = google_compute_network.platform.id
  depends_on  = [google_service_networking_connection.services]
}

output "subnetwork_id" {
  description = "Id of the subnetwork for direct VPC egress."
  value       = google_compute_subnetwork.cloud_run.id
}

output "private_service_connection" {
  description = "Id of the private service connection, to depend on."
  value       = google_service_networking_connection.services.id
}
