"""What the books say: the trial balance, stock valuation, open bills, and whether they agree with each other."""
