"""The AWS side: what `cdk deploy` creates."""
