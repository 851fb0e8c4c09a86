output "provider_arn" {
  description = "ARN of GitHub's OIDC provider."
  value       = aws_iam_openid_connect_provider.github.arn
}

output "deployer_role_arn" {
  description = "ARN of the role that workflows assume to deploy."
  value       = aws_iam_role.deployer.arn
}

output "planner_role_arn" {
  description = "ARN of the role that workflows of pull requests assume to plan."
  value       = aws_iam_role.planner.arn
}

output "permissions_boundary_arn" {
  description = "ARN of the boundary of what the deployer manages (`permissions_boundary` of `aws-exports`)."
  value       = aws_iam_policy.boundary.arn
}
