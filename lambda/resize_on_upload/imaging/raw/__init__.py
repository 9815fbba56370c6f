"""RAW photos, by the JPEG that the camera stored with the sensor's values."""
