variable "project" {
  description = "Id of the GCP project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "Give the project's id (6 to 30 lower-case letters, digits and hyphens), not its number or name."
  }
}

variable "query_groups" {
  description = "Groups of people who run queries: analysts, masked analysts, engineers, administrators. They get no data here."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.query_groups : startswith(member, "group:")])
    error_message = "People come in groups, `group:analysts@example.com`, so that joining and leaving needs no apply."
  }
}

variable "operator_groups" {
  description = "Groups of people who look after what runs: they read logs (not those of data access), metrics and alerts."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.operator_groups : startswith(member, "group:")])
    error_message = "People come in groups, `group:engineers@example.com`, so that joining and leaving needs no apply."
  }
}

variable "state_bucket" {
  description = "Bucket of Terraform's state, which the bootstrap made."
  type        = string
  nullable    = false
}

variable "github_repository" {
  description = "Repository whose workflows deploy and plan, `owner/name`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "Give `owner/name`."
  }
}

variable "github_repository_id" {
  description = "The repository's numeric id: a name can be given to another repository after a renaming, an id cannot."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "Give the number that `gh api repos/OWNER/NAME --jq .id` prints."
  }
}

variable "github_environment" {
  description = "GitHub environment whose jobs deploy to this project. Its own rules say who must approve."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.github_environment))
    error_message = "Letters, digits, `_` and `-` only: the name becomes part of an expression."
  }
}

variable "github_ref" {
  description = "Git reference that is deployed from."
  type        = string
  default     = "refs/heads/main"
  nullable    = false

  validation {
    condition     = can(regex("^refs/(heads|tags)/[A-Za-z0-9._/-]+$", var.github_ref))
    error_message = "Give one full reference, such as refs/heads/main."
  }
}

variable "aws_account_id" {
  description = "AWS account of the roles that may be the loader; null where there are none."
  type        = string
  default     = null

  validation {
    condition     = var.aws_account_id == null || can(regex("^[0-9]{12}$", var.aws_account_id))
    error_message = "An AWS account id has 12 digits."
  }
}

variable "aws_roles" {
  description = "Names (without path) of AWS roles that may impersonate the loader, for extraction that runs in AWS. Without any, AWS is not trusted at all."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.aws_roles : can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", name))])
    error_message = "Give names of roles, not ARNs: the ARN of an assumed role has no path."
  }

  validation {
    condition     = length(var.aws_roles) == 0 || var.aws_account_id != null
    error_message = "The roles' account is needed: aws_account_id."
  }
}
