variable "project" {
  type        = string
  description = "Project id."
  nullable    = false
}

variable "project_number" {
  type        = string
  description = "Project number, of which Metabase's address is made."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "A project's number has digits only."
  }
}

variable "region" {
  type        = string
  description = "Region of the service."
  nullable    = false
}

variable "image" {
  type        = string
  description = "Metabase's image, of an exact version or by its digest. A newer one migrates the database, and there is no way back but a backup."
  nullable    = false

  validation {
    condition     = can(regex("(:v[01]\\.[0-9]+\\.[0-9]+(\\.[0-9]+)?|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "Name the version exactly, such as metabase/metabase:v0.56.6, or by its digest."
  }
}

variable "proxy_image" {
  type        = string
  description = "Image of the Cloud SQL Auth Proxy, of an exact version."
  default     = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.23.0"
  nullable    = false

  validation {
    condition     = can(regex("(:2\\.[0-9]+\\.[0-9]+|@sha256:[0-9a-f]{64})$", var.proxy_image))
    error_message = "Name version 2 of the proxy exactly, such as cloud-sql-proxy:2.23.0, or by its digest."
  }
}

variable "service_account" {
  type        = string
  description = "Email of Metabase's account, which logs in to its database. Its rights in the warehouse are given elsewhere."
  nullable    = false
}

variable "environment" {
  type        = map(string)
  description = "More of Metabase's own variables, `MB_...`. No secret; those that the module sets win."
  default     = {}
  nullable    = false
}

variable "secrets" {
  type        = map(string)
  description = "Secrets in variables: the variable's name to the secret's id. `MB_ENCRYPTION_SECRET_KEY` encrypts what Metabase keeps of its connections, the warehouse's key among it."
  nullable    = false

  validation {
    condition     = contains(keys(var.secrets), "MB_ENCRYPTION_SECRET_KEY")
    error_message = "Metabase would keep the warehouse's key unencrypted: name the secret of MB_ENCRYPTION_SECRET_KEY."
  }
}

variable "database_connection_name" {
  type        = string
  description = "Output `connection_name` of a module database that is Metabase's alone."
  nullable    = false
}

variable "database" {
  type        = string
  description = "Output `database` of that module."
  nullable    = false
}

variable "network" {
  type        = string
  description = "Output `network_id` of the module network."
  nullable    = false
}

variable "subnetwork" {
  type        = string
  description = "Output `subnetwork_id` of the module network."
  nullable    = false
}

variable "iap_members" {
  type        = set(string)
  description = "IAM members that get to Metabase's own login: analysts, and the account that applies dashboards."
  nullable    = false

  validation {
    condition     = length(var.iap_members) > 0 && !anytrue([for member in var.iap_members : contains(["allUsers", "allAuthenticatedUsers"], member)])
    error_message = "Name at least one group, and never the public."
  }
}

variable "programmatic_clients" {
  type        = set(string)
  description = "OAuth client ids for which programs' tokens are accepted: METABASE_IAP_AUDIENCE of `kura dashboards push`. They can be made in the console only."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for client in var.programmatic_clients : endswith(client, ".apps.googleusercontent.com")])
    error_message = "An OAuth client id ends in .apps.googleusercontent.com."
  }
}

variable "resources" {
  type        = object({ cpu = string, memory = string })
  description = "Limits of Metabase."
  default     = { cpu = "1", memory = "4Gi" }
  nullable    = false
}

variable "proxy_resources" {
  type        = object({ cpu = string, memory = string })
  description = "Limits of the proxy."
  default     = { cpu = "1", memory = "512Mi" }
  nullable    = false
}
