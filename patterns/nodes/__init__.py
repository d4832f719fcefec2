"""The node library; importing it registers every node type."""
