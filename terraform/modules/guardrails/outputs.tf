output "quotas" {
  description = "MiB that queries may bill a day, by limit: `/d/project` and `/d/project/user`."
  value       = local.quotas
}

output "budget" {
  description = "Resource name of the budget."
  value       = google_billing_budget.project.id
}

output "organization_policies" {
  description = "Names of the constraints that are set on the project."
  value = toset(concat(
    keys(google_org_policy_policy.enforced), keys(google_org_policy_policy.denied), keys(google_org_policy_policy.allowed)
  ))
}
