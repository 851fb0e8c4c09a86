output "names" {
  description = "Resource name of each configuration, by `<dataset>.<table>`."
  value       = { for name, config in google_bigquery_data_transfer_config.table : name => config.name }
}
