"""What is fitted: scores, the radiological model, their combination, and its application."""
