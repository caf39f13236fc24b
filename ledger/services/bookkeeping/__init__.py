"""What postings, stock changes and payments have in common: accounts, valuation, periods and journal entries."""
