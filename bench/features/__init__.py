"""One contact sheet per feature: what it does to real photos, to look at."""
