"""Provisioning: S3-compatible storage by boto3, Kubernetes by server-side apply, with credentials from the settings."""
