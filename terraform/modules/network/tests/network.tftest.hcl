mock_provider "google" {
  override_during = plan
}

variables {
  project = "koe-dev"
  region  = "asia-northeast1"
}

run "only_the_subnetwork_that_is_declared_exists_and_it_reaches_google_privately" {
  command = plan

  assert {
    condition = (
      !google_compute_network.platform.auto_create_subnetworks &&
      google_compute_subnetwork.cloud_run.region == "asia-northeast1" &&
      google_compute_subnetwork.cloud_run.private_ip_google_access
    )
    error_message = "One subnetwork in the region, with Private Google Access."
  }
}

run "nothing_gets_in" {
  command = plan

  assert {
    condition = (
      google_compute_firewall.deny_ingress.direction == "INGRESS" &&
      google_compute_firewall.deny_ingress.source_ranges == toset(["0.0.0.0/0"]) &&
      one(google_compute_firewall.deny_ingress.deny).protocol == "all"
    )
    error_message = "All ingress is denied."
  }
}

run "databases_get_private_addresses" {
  command = plan

  assert {
    condition = (
      google_compute_global_address.services.purpose == "VPC_PEERING" &&
      google_compute_global_address.services.address_type == "INTERNAL" &&
      google_service_networking_connection.services.service == "servicenetworking.googleapis.com"
    )
    error_message = "Private service access has a range of its own."
  }
}

run "a_range_that_cloud_run_would_exhaust_is_refused" {
  command = plan

  variables {
    cidr = "10.20.0.0/28"
  }

  expect_failures = [var.cidr]
}
