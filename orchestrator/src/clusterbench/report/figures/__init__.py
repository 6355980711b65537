"""What is drawn: plotly figures from a run's summary."""
