"""`make load`: hundreds of uploads at once, and a comparison of both buckets."""
