# The whole platform, planned with providers that are mocked; tests/terraform reads the plan and judges who may do what.
# A type that is named here has its computed values at planning time already, for others refer to them.
mock_provider "google" {
  override_during = plan

  mock_resource "google_data_catalog_taxonomy" {}
  mock_resource "google_iam_workload_identity_pool" {}
  mock_resource "google_project_iam_custom_role" {}
  mock_resource "google_secret_manager_secret" {}
  mock_resource "google_service_account" {}
}

mock_provider "google-beta" {
  override_during = plan

  mock_resource "google_project_service_identity" {}
}

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_openid_connect_provider" {}
  mock_resource "aws_iam_policy" {}
  mock_resource "aws_iam_role" {}
  mock_resource "aws_kms_key" {}
}

variables {
  image = "asia-northeast1-docker.pkg.dev/koe-data-dev/kura/kura@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}

# What others check the form of, or name.
override_resource {
  override_during = plan
  target          = module.governance.google_data_catalog_policy_tag.this["restricted"]
  values          = { name = "projects/koe/locations/asia-northeast1/taxonomies/1/policyTags/1" }
}

override_resource {
  override_during = plan
  target          = module.governance.google_data_catalog_policy_tag.this["pii"]
  values          = { name = "projects/koe/locations/asia-northeast1/taxonomies/1/policyTags/2" }
}

override_resource {
  override_during = plan
  target          = module.governance.google_data_catalog_policy_tag.this["financial"]
  values          = { name = "projects/koe/locations/asia-northeast1/taxonomies/1/policyTags/3" }
}

override_resource {
  override_during = plan
  target          = module.identity.google_service_account.duty["loader"]
  values          = { unique_id = "100000000000000000001" }
}

run "the_whole_platform_is_planned" {
  command = plan

  assert {
    condition     = output.policy_tags["pii"] == "projects/koe/locations/asia-northeast1/taxonomies/1/policyTags/2"
    error_message = "The application would not find the policy tags."
  }
}
