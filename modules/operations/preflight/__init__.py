"""What has to be so before a deployment begins; each check says what to do about what is not."""
