provider "google" {
  project = "koe-dev"
}

module "network" {
  source = "../.."

  project = "koe-dev"
  region  = "asia-northeast1"
}
