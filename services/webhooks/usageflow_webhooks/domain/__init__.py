"""What webhooks decide: signatures, retry times, addresses, outcomes. Pure: instants, randomness and answers come in as arguments."""
