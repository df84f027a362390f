"""Feedback rules: what may be learnt, when, whether it helped, and who answers meanwhile."""
