"""Evaluation rules: scores with their intervals, and whether two models really differ."""
