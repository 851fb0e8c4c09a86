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

module "aws_identity" {
  source = "../.."

  github_repository       = "koe/kura"
  github_repository_id    = "123456789"
  github_owner_id         = "4242"
  github_environment      = "dev"
  github_plan_environment = "dev-plan"
  export_bucket           = "koe-dev-kura-exports"
}

output "deployer_role_arn" {
  description = "For the workflows."
  value       = module.aws_identity.deployer_role_arn
}
