variable "project" {
  type        = string
  description = "Project id."
  nullable    = false
}

variable "region" {
  type        = string
  description = "Region of the subnetwork: that of Cloud Run and Cloud SQL."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the network, and the beginning of its parts' names."
  default     = "kura"
  nullable    = false
}

variable "cidr" {
  type        = string
  description = "Range of the subnetwork that Cloud Run takes addresses from."
  default     = "10.20.0.0/24"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && tonumber(split("/", var.cidr)[1]) <= 26
    error_message = "Cloud Run needs a range of /26 or larger, such as 10.20.0.0/24."
  }
}
