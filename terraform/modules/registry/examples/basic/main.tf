provider "google" {
  project = "koe-dev"
}

module "registry" {
  source = "../.."

  project  = "koe-dev"
  location = "asia-northeast1"
  readers  = ["serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
  writers  = ["serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
}
