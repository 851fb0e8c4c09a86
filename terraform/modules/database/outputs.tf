output "connection_name" {
  description = "Name that the proxy connects to: `<project>:<region>:<instance>`."
  value       = google_sql_database_instance.main.connection_name
}

output "database" {
  description = "Name of the database."
  value       = google_sql_database.main.name
}

output "users" {
  description = "User of the database of each service account, by email."
  value       = tomap({ for email, user in google_sql_user.account : email => user.name })
}
