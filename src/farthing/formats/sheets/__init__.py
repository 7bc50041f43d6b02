"""Tables as banks and people write them: CSV and TSV (``csv``), and spreadsheets (``spreadsheet``)."""
