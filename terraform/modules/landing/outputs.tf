output "bucket" {
  description = "Name of the bucket: the variable KURA_LANDING_BUCKET of the application."
  value       = google_storage_bucket.this.name
}
