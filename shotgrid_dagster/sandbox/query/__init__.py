"""What is asked for, as SQL: fields, filters, order, pages, summaries."""
