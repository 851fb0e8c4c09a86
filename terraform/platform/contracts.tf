# What the contracts say: dbt's own files of sources. There is no second list of datasets or transfers.
locals {
  models    = "${path.module}/../../dbt_project/models/staging"
  contracts = flatten([for file in sort(fileset(local.models, "*/_*__sources.yml")) : yamldecode(file("${local.models}/${file}")).sources])

  raw_datasets = toset([for source in local.contracts : source.name])

  raw_tables = merge([
    for source in local.contracts : {
      for table in source.tables : "${source.name}.${table.name}" => merge({ dataset = source.name, table = table.name }, table.config.meta.extract)
    }
  ]...)

  # Tables whose exports the Data Transfer Service loads, and what each is called at its source: docs/transfer.md.
  transfers = { for name, table in local.raw_tables : name => table.relation if try(table.carrier, "") == "transfer" }
}
