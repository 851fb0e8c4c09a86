output "datasets" {
  description = "Ids of all datasets. What makes tables in them depends on this output."
  value       = toset([for dataset in google_bigquery_dataset.this : dataset.dataset_id])
}

output "access" {
  description = "Who has which predefined role on which dataset: sets of IAM members by role, by dataset."
  value = {
    for name, members in local.members : name => { for role, holders in members : local.roles[role] => holders }
  }
}
