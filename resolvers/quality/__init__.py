"""Data quality: checks compiled to SQL, their results and their history."""
