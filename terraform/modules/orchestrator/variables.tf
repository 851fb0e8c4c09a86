variable "project" {
  type        = string
  description = "Project id."
  nullable    = false
}

variable "project_number" {
  type        = string
  description = "Project number, of which the webserver's address is made."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "A project's number has digits only."
  }
}

variable "region" {
  type        = string
  description = "Region of services, jobs and worker pools."
  nullable    = false
}

variable "image" {
  type        = string
  description = "The platform's image, by digest: `<repository>/kura@sha256:<digest>`."
  nullable    = false

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest: <repository>/kura@sha256:<64 hexadecimal digits>."
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
  description = "Email of the orchestrator: the account of webserver, daemon and code location."
  nullable    = false
}

variable "run_service_account" {
  type        = string
  description = "Email of the account that runs have."
  nullable    = false

  validation {
    condition     = var.run_service_account != var.service_account
    error_message = "Runs need an account of their own: the orchestrator's reads no data."
  }
}

variable "environment" {
  type        = map(string)
  description = "Variables of the application (orchestration/environment.py), for runs and for the code location. No secret."
  nullable    = false

  validation {
    condition     = !anytrue([for name in keys(var.environment) : startswith(name, "DAGSTER_")])
    error_message = "The module and the image set the variables that begin with DAGSTER_."
  }
}

variable "run_secrets" {
  type        = map(string)
  description = "Secrets that runs have in variables: the variable's name to the secret's id, of which the newest version is read when a run starts."
  default     = {}
  nullable    = false
}

variable "code_location_secrets" {
  type        = map(string)
  description = "The same for the code location, where definitions are loaded and sensors are evaluated."
  default     = {}
  nullable    = false
}

variable "database_connection_name" {
  type        = string
  description = "Output `connection_name` of the module database."
  nullable    = false
}

variable "database" {
  type        = string
  description = "Output `database` of the module database. Both accounts are users of it."
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
  description = "IAM members that may use the UI, in which runs are started: engineers."
  nullable    = false

  validation {
    condition     = length(var.iap_members) > 0 && !anytrue([for member in var.iap_members : contains(["allUsers", "allAuthenticatedUsers"], member)])
    error_message = "Name at least one group, and never the public."
  }
}

variable "task_timeout_seconds" {
  type        = number
  description = "Seconds after which Cloud Run ends a run. Beyond a day is a preview."
  default     = 86400
  nullable    = false

  validation {
    condition     = var.task_timeout_seconds >= 600 && var.task_timeout_seconds <= 604800
    error_message = "A run may take 600 to 604800 seconds."
  }
}

variable "run_resources" {
  type        = object({ cpu = string, memory = string })
  description = "Limits of a run. Four steps work at a time, each a process; what they write to disk is memory."
  default     = { cpu = "4", memory = "8Gi" }
  nullable    = false
}

variable "webserver_resources" {
  type        = object({ cpu = string, memory = string })
  description = "Limits of the webserver."
  default     = { cpu = "1", memory = "1Gi" }
  nullable    = false
}

variable "daemon_resources" {
  type        = object({ cpu = string, memory = string })
  description = "Limits of the daemon."
  default     = { cpu = "1", memory = "1Gi" }
  nullable    = false
}

variable "code_location_resources" {
  type        = object({ cpu = string, memory = string })
  description = "Limits of the code location, one beside the webserver and one beside the daemon."
  default     = { cpu = "1", memory = "2Gi" }
  nullable    = false
}

variable "proxy_resources" {
  type        = object({ cpu = string, memory = string })
  description = "Limits of each proxy."
  default     = { cpu = "1", memory = "512Mi" }
  nullable    = false
}

variable "webserver_min_instances" {
  type        = number
  description = "1 keeps the UI at hand; with 0, who opens it first waits for about a minute."
  default     = 0
  nullable    = false

  validation {
    condition     = contains([0, 1], var.webserver_min_instances)
    error_message = "The webserver has 0 or 1 instances at least."
  }
}
