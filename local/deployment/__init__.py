"""Deploy a checkout to the local cloud, with what its CloudFormation lacks."""
