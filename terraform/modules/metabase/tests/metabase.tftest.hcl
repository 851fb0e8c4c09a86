mock_provider "google" {
  override_during = plan
}

mock_provider "google-beta" {
  override_during = plan

  mock_resource "google_project_service_identity" {
    defaults = {
      member = "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"
    }
  }
}

variables {
  project                  = "koe-dev"
  project_number           = "123456789012"
  region                   = "asia-northeast1"
  image                    = "metabase/metabase:v0.56.6"
  service_account          = "metabase@koe-dev.iam.gserviceaccount.com"
  iap_members              = ["group:analysts@example.com"]
  secrets                  = { MB_ENCRYPTION_SECRET_KEY = "metabase-encryption-key" }
  database_connection_name = "koe-dev:asia-northeast1:metabase"
  database                 = "metabase"
  network                  = "projects/koe-dev/global/networks/kura"
  subnetwork               = "projects/koe-dev/regions/asia-northeast1/subnetworks/kura"
}

run "only_its_users_get_through_iap_and_only_iap_gets_to_it" {
  command = plan

  assert {
    condition = (
      google_cloud_run_v2_service.metabase.iap_enabled &&
      google_iap_web_cloud_run_service_iam_binding.users.role == "roles/iap.httpsResourceAccessor" &&
      google_iap_web_cloud_run_service_iam_binding.users.members == toset(["group:analysts@example.com"]) &&
      google_cloud_run_v2_service_iam_binding.invoker.role == "roles/run.invoker" &&
      google_cloud_run_v2_service_iam_binding.invoker.members == toset(["serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"])
    )
    error_message = "IAP in front, its agent as the only caller."
  }
}

run "its_database_is_reached_as_its_account_without_a_password" {
  command = plan

  assert {
    condition = (
      google_cloud_run_v2_service.metabase.template[0].service_account == var.service_account &&
      one([for env in google_cloud_run_v2_service.metabase.template[0].containers[0].env : env.value if env.name == "MB_DB_USER"]) == "metabase@koe-dev.iam" &&
      !contains([for env in google_cloud_run_v2_service.metabase.template[0].containers[0].env : env.name], "MB_DB_PASS") &&
      length(setintersection(
        google_cloud_run_v2_service.metabase.template[0].containers[1].args,
        ["--auto-iam-authn", "--private-ip", "koe-dev:asia-northeast1:metabase"],
      )) == 3
    )
    error_message = "Through the proxy, as the account, with no password."
  }
}

run "the_encryption_key_comes_from_secret_manager" {
  command = plan

  assert {
    condition = [
      for env in google_cloud_run_v2_service.metabase.template[0].containers[0].env : env.value_source[0].secret_key_ref[0].secret
      if env.name == "MB_ENCRYPTION_SECRET_KEY"
    ] == ["metabase-encryption-key"]
    error_message = "The key is a reference to a secret."
  }
}

run "it_knows_the_address_that_it_will_have" {
  command = plan

  assert {
    condition = (
      output.url == "https://metabase-123456789012.asia-northeast1.run.app" &&
      one([for env in google_cloud_run_v2_service.metabase.template[0].containers[0].env : env.value if env.name == "MB_SITE_URL"]) == output.url
    )
    error_message = "MB_SITE_URL is the service's own address."
  }
}

run "no_program_gets_through_unless_a_client_is_listed" {
  command = plan

  assert {
    condition     = length(google_iap_settings.programs) == 0
    error_message = "Without clients, IAP's settings are left alone."
  }
}

run "a_listed_client_lets_programs_through_to_this_service" {
  command = plan

  variables {
    programmatic_clients = ["123-abc.apps.googleusercontent.com"]
  }

  assert {
    condition = (
      google_iap_settings.programs[0].name == "projects/123456789012/iap_web/cloud_run-asia-northeast1/services/metabase" &&
      google_iap_settings.programs[0].access_settings[0].oauth_settings[0].programmatic_clients == tolist(["123-abc.apps.googleusercontent.com"])
    )
    error_message = "The settings are those of this service."
  }
}

run "what_could_change_or_is_public_or_unencrypted_is_refused" {
  command = plan

  variables {
    image                = "metabase/metabase:latest"
    proxy_image          = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2"
    iap_members          = ["allUsers"]
    secrets              = {}
    programmatic_clients = ["metabase"]
  }

  expect_failures = [var.image, var.proxy_image, var.iap_members, var.secrets, var.programmatic_clients]
}
