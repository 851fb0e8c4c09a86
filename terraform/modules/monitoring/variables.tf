variable "project" {
  description = "GCP project id."
  type        = string
  nullable    = false
}

variable "notification_channels" {
  description = "Resource names of the channels that alerts go to, as a rule one of type Slack, made in the console (README)."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for channel in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))])
    error_message = "notification_channels are resource names like projects/P/notificationChannels/123."
  }
}

variable "emails" {
  description = "Addresses that alerts go to as well."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "log_resource" {
  description = "Monitored resource of what evaluates the sensors, the Dagster daemon with its code location, in Cloud Logging: the type, and the label and value that name it."
  type = object({
    type  = string
    label = string
    name  = string
  })
  nullable = false

  validation {
    condition = lookup(
      { cloud_run_revision = "service_name", cloud_run_worker_pool = "worker_pool_name" }, var.log_resource.type, ""
    ) == var.log_resource.label
    error_message = "log_resource is of type cloud_run_revision with label service_name, or cloud_run_worker_pool with worker_pool_name."
  }
}

variable "jobs" {
  description = "Names of the Cloud Run jobs that execute runs."
  type        = set(string)
  nullable    = false
}

variable "services" {
  description = "Names of the Cloud Run services on the dashboard."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "databases" {
  description = "Cloud SQL instances to watch, as `project:instance`."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for database in var.databases : can(regex("^[^:]+:[^:]+$", database))])
    error_message = "databases are written project:instance, without the region."
  }
}

variable "uptime_checks" {
  description = "What must answer, by name: host, path, and whether it stands behind Identity-Aware Proxy, where only the proxy's own answer can be seen."
  type = map(object({
    host       = string
    path       = optional(string, "/")
    behind_iap = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for check in var.uptime_checks : !can(regex("/", check.host)) && startswith(check.path, "/")])
    error_message = "host is a host name without scheme or path; path begins with a slash."
  }
}

variable "watched_accounts" {
  description = "E-mails of service accounts whose refused requests are told: a platform that is denied something is misconfigured. None for no such alert."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "objective" {
  description = "Part of the time, over 28 days, in which everything published is up to date."
  type        = number
  default     = 0.99
  nullable    = false

  validation {
    condition     = var.objective >= 0.93 && var.objective <= 0.999
    error_message = "objective is from 0.93, below which a fast burn can't be told from a slow one, to 0.999."
  }
}

variable "hours_behind_limit" {
  description = "Hours after the end of a day by which the next day must be published: 30 is six in the morning of the day after."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.hours_behind_limit > 24
    error_message = "hours_behind_limit is above 24: a day's window is a day old when the next one ends."
  }
}
