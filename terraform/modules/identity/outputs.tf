output "emails" {
  description = "Email of each service account, by duty."
  value       = local.emails
}

output "members" {
  description = "IAM member (`serviceAccount:...`) of each service account, by duty."
  value       = local.members
}

output "unique_ids" {
  description = "Unique id of each service account, by duty; AWS trusts the loader's."
  value       = { for name, account in google_service_account.duty : name => account.unique_id }
}

output "github_provider" {
  description = "Resource name of GitHub's provider, which the workflows name when they log in."
  value       = google_iam_workload_identity_pool_provider.github.name
}

output "aws_provider" {
  description = "Resource name of AWS's provider; null where no role of AWS is trusted."
  value       = one(google_iam_workload_identity_pool_provider.aws[*].name)
}
