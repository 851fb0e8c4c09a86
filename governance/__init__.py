"""What the platform guarantees about its data, checked from what the project declares; knows no orchestrator."""
