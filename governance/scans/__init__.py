"""What queries may scan: budgets, and the labels by which jobs say what they are for."""
