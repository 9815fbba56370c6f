"""The AWS resources that `cdk deploy` creates."""
