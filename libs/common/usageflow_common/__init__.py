"""What the services of UsageFlow share: topics, the bus, the outbox, operations, errors, money and time."""
