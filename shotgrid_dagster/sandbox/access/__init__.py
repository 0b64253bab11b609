"""Who calls, with which token, and which rows they may see."""
