mock_provider "google" {
  override_during = plan

  mock_resource "google_project_iam_custom_role" {
    defaults = { id = "projects/koe-data-dev/roles/policyTagSetter" }
  }
}

override_resource {
  target          = google_data_catalog_policy_tag.this["restricted"]
  values          = { name = "projects/koe-data-dev/locations/us/taxonomies/1/policyTags/1" }
  override_during = plan
}

override_resource {
  target          = google_data_catalog_policy_tag.this["pii"]
  values          = { name = "projects/koe-data-dev/locations/us/taxonomies/1/policyTags/2" }
  override_during = plan
}

override_resource {
  target          = google_data_catalog_policy_tag.this["financial"]
  values          = { name = "projects/koe-data-dev/locations/us/taxonomies/1/policyTags/3" }
  override_during = plan
}

variables {
  project = "koe-data-dev"
  region  = "US"
  fine_grained_readers = {
    restricted = ["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"]
    pii        = ["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com", "group:support@example.com"]
  }
  masked_readers = ["group:masked-analysts@example.com"]
  tag_setters    = ["serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com"]
}

run "tags_protect_and_cannot_be_deleted" {
  command = plan

  assert {
    condition     = google_data_catalog_taxonomy.this.activated_policy_types == tolist(["FINE_GRAINED_ACCESS_CONTROL"])
    error_message = "The taxonomy's tags would protect nothing."
  }

  assert {
    condition     = toset(keys(google_data_catalog_policy_tag.this)) == toset(["restricted", "pii", "financial"])
    error_message = "The tags are not those that contracts name."
  }

  assert {
    condition = alltrue([
      for resource in concat([google_data_catalog_taxonomy.this], values(google_data_catalog_policy_tag.this)) :
      resource.deletion_policy == "PREVENT"
    ])
    error_message = "Deleting a tag would open its columns."
  }

  assert {
    condition     = alltrue([for tag in google_data_catalog_policy_tag.this : tag.parent_policy_tag == null])
    error_message = "In a hierarchy, what a principal sees depends on where a role was granted."
  }
}

run "the_location_is_written_as_data_catalog_wants_it" {
  command = plan

  assert {
    condition     = google_data_catalog_taxonomy.this.region == "us" && google_bigquery_datapolicy_data_policy.pii_hash.location == "us"
    error_message = "Taxonomy and data policy must lie where the datasets do, and are named in lower case."
  }
}

run "those_who_are_named_read_a_tag_in_the_clear_and_nobody_else" {
  command = plan

  assert {
    condition = { for tag, binding in google_data_catalog_policy_tag_iam_binding.fine_grained_readers : tag => sort(binding.members) } == {
      restricted = sort(["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"])
      pii        = sort(["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com", "group:support@example.com"])
      financial  = sort([])
    }
    error_message = "The readers of a tag are not those that were passed in; one without any must have an empty binding."
  }

  assert {
    condition = alltrue([
      for binding in google_data_catalog_policy_tag_iam_binding.fine_grained_readers :
      binding.role == "roles/datacatalog.categoryFineGrainedReader"
    ])
    error_message = "This is not the role that reads protected columns."
  }

  assert {
    condition = alltrue([
      for tag, binding in google_data_catalog_policy_tag_iam_binding.fine_grained_readers :
      binding.policy_tag == google_data_catalog_policy_tag.this[tag].name
    ])
    error_message = "The readers of one tag were bound to another."
  }

  assert {
    condition = output.policy_tags == {
      restricted = "projects/koe-data-dev/locations/us/taxonomies/1/policyTags/1"
      pii        = "projects/koe-data-dev/locations/us/taxonomies/1/policyTags/2"
      financial  = "projects/koe-data-dev/locations/us/taxonomies/1/policyTags/3"
    }
    error_message = "The application would be told another tag than it names."
  }
}

run "masked_readers_see_a_hash_of_pii_only" {
  command = plan

  assert {
    condition = (
      google_bigquery_datapolicy_data_policy.pii_hash.policy_tag == output.policy_tags["pii"] &&
      google_bigquery_datapolicy_data_policy.pii_hash.data_policy_type == "DATA_MASKING_POLICY" &&
      one(google_bigquery_datapolicy_data_policy.pii_hash.data_masking_policy).predefined_expression == "SHA256"
    )
    error_message = "The data policy pii_hash does not hash pii."
  }

  assert {
    condition = (
      google_bigquery_datapolicy_data_policy_iam_binding.masked_readers.data_policy_id == "pii_hash" &&
      google_bigquery_datapolicy_data_policy_iam_binding.masked_readers.role == "roles/bigquerydatapolicy.maskedReader" &&
      google_bigquery_datapolicy_data_policy_iam_binding.masked_readers.members == toset(["group:masked-analysts@example.com"])
    )
    error_message = "The masked readers are not those that were passed in."
  }
}

run "setting_tags_takes_two_permissions_and_reads_nothing" {
  command = plan

  assert {
    condition = google_project_iam_custom_role.policy_tag_setter.permissions == toset([
      "bigquery.tables.setCategory", "datacatalog.taxonomies.get",
    ])
    error_message = "The role is larger or smaller than setting a tag takes."
  }

  assert {
    condition = (
      google_project_iam_binding.policy_tag_setters.role == "projects/koe-data-dev/roles/policyTagSetter" &&
      google_project_iam_binding.policy_tag_setters.members == toset(["serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com"])
    )
    error_message = "Others than those that were passed in can set tags."
  }
}

run "an_unknown_tag_is_refused" {
  command = plan

  variables {
    fine_grained_readers = { secret = [] }
  }

  expect_failures = [var.fine_grained_readers]
}

run "nobody_reads_pii_both_masked_and_in_the_clear" {
  command = plan

  variables {
    masked_readers = ["group:support@example.com"]
  }

  expect_failures = [var.masked_readers]
}

run "everybody_is_no_reader_in_the_clear" {
  command = plan

  variables {
    fine_grained_readers = { financial = ["allAuthenticatedUsers"] }
  }

  expect_failures = [var.fine_grained_readers]
}

run "everybody_is_no_masked_reader" {
  command = plan

  variables {
    masked_readers = ["allUsers"]
  }

  expect_failures = [var.masked_readers]
}
