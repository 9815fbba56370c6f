"""Read S3's listings and the headers of objects, with little CPU time for each."""
