terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
  }
}

provider "aws" {
  region = "ap-northeast-1"
}

module "aws_exports" {
  source = "../.."

  bucket           = "koe-dev-kura-exports"
  loader_unique_id = "104567890123456789012"
  dynamodb_tables  = ["koe-dev-*"]
  aurora_cluster   = "koe-dev"
  aurora_logins    = ["cluster-ABCDEFGHIJKL01234/kura"]
}

output "loader_role_arn" {
  description = "Role that the loader assumes."
  value       = module.aws_exports.loader_role_arn
}
