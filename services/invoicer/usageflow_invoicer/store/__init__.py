"""Every SQL statement of the invoicer. Each function takes the transaction first, and the organization where a tenant is concerned."""
