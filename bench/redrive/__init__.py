"""What `redrive` costs by the number of messages, against a stand-in for AWS."""
