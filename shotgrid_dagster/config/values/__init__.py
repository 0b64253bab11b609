"""What single settings can be, where more than a type has to be said of them."""
