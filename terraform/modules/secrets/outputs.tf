output "ids" {
  description = "Resource names of the secrets, projects/PROJECT/secrets/NAME, by their names."
  value       = { for name, secret in google_secret_manager_secret.this : name => secret.id }
}

output "names" {
  description = "Names of the secrets, by themselves. What mounts one depends on this output, since its accessors are bound by then."
  value       = { for name, secret in google_secret_manager_secret.this : name => secret.secret_id }

  depends_on = [google_secret_manager_secret_iam_binding.accessors]
}
