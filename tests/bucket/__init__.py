"""Private files in a bucket of a real store: rclone's server for S3."""
