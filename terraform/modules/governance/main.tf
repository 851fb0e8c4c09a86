locals {
  # Those that contracts and models name: extract/contract.py.
  tags = {
    restricted = "Not classified yet, or too sensitive for anyone: the platform alone reads it."
    pii        = "Says who a person is, or could. Masked readers see a hash of it."
    financial  = "Amounts and references of single payments."
  }
}

resource "google_data_catalog_taxonomy" "this" {
  project      = var.project
  region       = lower(var.region)
  display_name = "kura"
  description  = "What the columns of the warehouse hold, and so who may read them."

  # Without it a tag is a label that protects nothing.
  activated_policy_types = ["FINE_GRAINED_ACCESS_CONTROL"]

  deletion_policy = "PREVENT"

  # Its deletion would open every protected column.
  lifecycle {
    prevent_destroy = true
  }
}

# All on one level. With a hierarchy, what a principal sees would depend on where in it each role was granted.
resource "google_data_catalog_policy_tag" "this" {
  for_each = local.tags

  taxonomy     = google_data_catalog_taxonomy.this.id
  display_name = each.key
  description  = each.value

  deletion_policy = "PREVENT"

  lifecycle {
    prevent_destroy = true
  }
}

# One for each tag, also where nobody is named, so that nobody else can have the role.
resource "google_data_catalog_policy_tag_iam_binding" "fine_grained_readers" {
  for_each = local.tags

  policy_tag = google_data_catalog_policy_tag.this[each.key].name
  role       = "roles/datacatalog.categoryFineGrainedReader"
  members    = lookup(var.fine_grained_readers, each.key, [])
}

# The resource of the API's first version: data policies of the second are put on columns, and not on policy tags.
resource "google_bigquery_datapolicy_data_policy" "pii_hash" {
  project          = var.project
  location         = lower(var.region)
  data_policy_id   = "pii_hash"
  policy_tag       = google_data_catalog_policy_tag.this["pii"].name
  data_policy_type = "DATA_MASKING_POLICY"

  data_masking_policy {
    # Equal values have equal hashes, so that masked columns can be counted and joined.
    predefined_expression = "SHA256"
  }
}

# On the policy and not on the project, where it would hold for every policy that there will ever be.
resource "google_bigquery_datapolicy_data_policy_iam_binding" "masked_readers" {
  project        = var.project
  location       = google_bigquery_datapolicy_data_policy.pii_hash.location
  data_policy_id = google_bigquery_datapolicy_data_policy.pii_hash.data_policy_id
  role           = "roles/bigquerydatapolicy.maskedReader"
  members        = var.masked_readers
}

# What attaching a tag to a column takes beside roles/bigquery.dataEditor on its dataset. The smallest predefined role
# that has it is roles/bigquery.dataOwner, which could also give the dataset away.
resource "google_project_iam_custom_role" "policy_tag_setter" {
  project     = var.project
  role_id     = "policyTagSetter"
  title       = "Policy tag setter"
  description = "Puts policy tags on columns of tables that one may change."
  permissions = [
    "bigquery.tables.setCategory",
    "datacatalog.taxonomies.get",
  ]
}

# The role is this module's own, so nobody else can have a claim to it.
resource "google_project_iam_binding" "policy_tag_setters" {
  project = var.project
  role    = google_project_iam_custom_role.policy_tag_setter.id
  members = var.tag_setters
}
