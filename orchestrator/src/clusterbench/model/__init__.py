"""What things are: frozen data. Imports nothing of ours but the errors."""
