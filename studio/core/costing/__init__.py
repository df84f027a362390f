"""Rules of cost: memory and time, prices and answers, and what a decision returns."""
