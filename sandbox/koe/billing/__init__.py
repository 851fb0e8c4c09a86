"""What Koe's customers bought, as Stripe keeps it."""
