"""One template that CloudFormation deploys without CDK or Docker."""
