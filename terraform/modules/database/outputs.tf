output "connection_name" {
  description = "Name that the proxy connects to: `<project>:<region>:<instance>`. Known once the accounts may log in, so that a program that connects waits."
  value       = google_sql_database_instance.main.connection_name
  depends_on  = [google_project_iam_member.connect, google_sql_user.account]
}

output "database" {
  description = "Name of the database."
  value       = google_sql_database.main.name
}

output "users" {
  description = "User of the database of each service account, by email."
  value       = tomap({ for email, user in google_sql_user.account : email => user.name })
}
