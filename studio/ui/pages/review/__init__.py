"""Corrections wait here until a person decides whether they are learnt."""
