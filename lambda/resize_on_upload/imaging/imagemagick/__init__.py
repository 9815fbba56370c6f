"""ImageMagick, loaded by Wand under the security policy in policy.xml."""
