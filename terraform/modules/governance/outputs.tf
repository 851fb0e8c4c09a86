output "taxonomy" {
  description = "Resource name of the taxonomy."
  value       = google_data_catalog_taxonomy.this.name
}

output "policy_tags" {
  description = "Resource names of the policy tags, by their logical names: the variables KURA_POLICY_TAG_* of the application."
  value       = { for name, tag in google_data_catalog_policy_tag.this : name => tag.name }
}

output "pii_data_policy" {
  description = "Resource name of the data policy that masks pii."
  value       = google_bigquery_datapolicy_data_policy.pii_hash.name
}
