"""Watermarks: their options and files. `cdk deploy` adds the files to this folder."""
