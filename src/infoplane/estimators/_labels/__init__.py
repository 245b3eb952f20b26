"""What vectors say about labels: rules fitted on some samples and judged on others."""
