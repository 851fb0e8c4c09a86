# The parameters of each configuration, as `extract/transfer_config.py`, `extract/dynamodb.py` and `extract/aurora.py`
# expect them; tests/terraform/test_transfer_templates.py holds both to the same. No provider is needed here.

locals {
  # A run's time picks path and partition: its date is the window's, its hour the attempt at the export.
  date    = "{run_time|\"%Y%m%d\"}"
  attempt = "{run_time|\"%H\"}"

  # What the identifiers of a cluster's export tasks begin with; they have 60 characters at most.
  cluster = var.aurora == null ? "" : var.aurora.cluster
  stem = (
    length(local.cluster) > 40
    ? "${replace(substr(local.cluster, 0, 31), "/-+$/", "")}-${substr(sha256(local.cluster), 0, 8)}"
    : local.cluster
  )

  tables = {
    for name, relation in var.transfers : name => {
      dataset  = split(".", name)[0]
      table    = split(".", name)[1]
      relation = relation
    }
  }

  paths = {
    for name, it in local.tables : name => (
      it.dataset == "raw_dynamodb"
      ? "dynamodb/${it.table}/${local.date}/${local.attempt}/AWSDynamoDB/*.json.gz"
      : "aurora/kura-${local.stem}-${local.date}-${local.attempt}/${try(var.aurora.database, "")}/${it.relation}/*.parquet"
    )
  }

  parameters = {
    for name, it in local.tables : name => {
      data_path                       = "s3://${var.export_bucket}/${local.paths[name]}"
      destination_table_name_template = format("%s$%s", it.table, local.date)
      file_format                     = it.dataset == "raw_dynamodb" ? "JSON" : "PARQUET"
      write_disposition               = "WRITE_TRUNCATE"
    }
  }
}
