"""The steps. They meet only in the queue, the table, its stream and the outbox; none imports another."""
