"""Every SQL statement of the webhooks service. Functions take the transaction first and, where a tenant is concerned, its id second."""
