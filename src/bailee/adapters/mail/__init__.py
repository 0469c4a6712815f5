"""Ways out for notices: mail over SMTP with STARTTLS, and signed webhooks over HTTPS."""
