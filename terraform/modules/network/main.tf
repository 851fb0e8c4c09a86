resource "google_compute_network" "platform" {
  project                 = var.project
  name                    = var.name
  auto_create_subnetworks = false
  description             = "The way from Cloud Run to the platform's databases; nothing listens in it."
}

# Cloud Run takes its addresses here (direct VPC egress), in blocks of 16, up to four times as many as it has instances.
resource "google_compute_subnetwork" "cloud_run" {
  project                  = var.project
  region                   = var.region
  name                     = "${var.name}-${var.region}"
  network                  = google_compute_network.platform.id
  ip_cidr_range            = var.cidr
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

# No rule allows ingress, and the implied one denies it; said here so that a rule of lower priority can't slip in unseen.
resource "google_compute_firewall" "deny_ingress" {
  project       = var.project
  name          = "${var.name}-deny-ingress"
  network       = google_compute_network.platform.id
  direction     = "INGRESS"
  priority      = 1000
  source_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

# Private service access: Cloud SQL lives in a network of Google's that is peered with ours.
resource "google_compute_global_address" "services" {
  project       = var.project
  name          = "${var.name}-services"
  network       = google_compute_network.platform.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.platform.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
  # Google keeps the peering for days after its last database is gone; it goes with the network.
  deletion_policy = "ABANDON"
}
